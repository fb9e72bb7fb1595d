"""Answers that show a thing."""

from typing import Any

from rest_framework.response import Response


class Shown(Response):
    """A thing as clients see it. The view makes the ETag from its `version`; a thing without one has none."""

    def __init__(
        self, data: Any, *, version: int | None, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(data, status=status, headers=headers)
        self.version = version
