"""What the methods of a resource read and answer, said once: requests are read, answers shown and described from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework.serializers import BaseSerializer

from chassis.problems import Problem

Shape = type[BaseSerializer[Any]]


@dataclass(frozen=True)
class Method:
    """One method of a resource, as its view declares it in `methods`.

    `reads` is the shape of its body; `shows` the shapes of its answers by status, None where there is no body; `lists`
    that of the members of a list. `reads_as` and `writes` are the media types of bodies and answers without a shape.
    `refuses` names the problems of its own, besides those that any request can meet; `compares` says that it compares
    `If-Match`.
    """

    summary: str
    reads: Shape | None = None
    shows: Mapping[int, Shape | None] = field(default_factory=dict)
    lists: Shape | None = None
    refuses: tuple[type[Problem], ...] = ()
    compares: bool = False
    reads_as: str = ""
    writes: tuple[str, ...] = ()


_BUILT: dict[Shape, Any] = {}


def built(shape: Shape) -> Any:
    """One serializer for every request: it keeps nothing of what it has read or shown, and its fields are made once.

    Only for `run_validation` and `to_representation`, and for shapes that ask nothing of the request.
    """
    if shape not in _BUILT:
        _BUILT[shape] = shape()
    return _BUILT[shape]
