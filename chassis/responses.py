"""Answers that show a thing."""

from typing import Any

from rest_framework.response import Response


class Shown(Response):
    """A thing as clients see it. The view makes the ETag from its `version`; a thing without one has none.

    The `thing` itself is there for a format that writes it in words of its own.
    """

    def __init__(
        self,
        data: Any,
        *,
        version: int | None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        thing: Any = None,
    ) -> None:
        super().__init__(data, status=status, headers=headers)
        self.version, self.thing = version, thing
