"""Which problems a method can answer with: its own, and those that follow from what it is."""

from collections.abc import Iterator
from typing import Any

from chassis import problems
from chassis.permissions import Anyone
from chassis.problems import Problem


def refusals(view: Any, method: str, path: str) -> dict[int, list[type[Problem]]]:
    """The problems by status, in their order."""
    found: dict[int, list[type[Problem]]] = {}
    for problem in dict.fromkeys([*_common(view, method, path), *view.methods[method].refuses]):
        found.setdefault(problem.status, []).append(problem)
    return dict(sorted(found.items()))


def _common(view: Any, method: str, path: str) -> Iterator[type[Problem]]:
    """What any such request can meet."""
    yield from (problems.InvalidRequest, problems.ContradictingVersions, problems.NotAcceptable, problems.UriTooLong)
    yield from (problems.RateLimited, problems.InternalError, problems.DependencyUnavailable, problems.ServicePaused)
    yield from (problems.InvalidToken, problems.TokenExpired)
    if method != "GET" or not _is_open(view):
        yield from (problems.NotAuthenticated, problems.Forbidden)
    if method != "GET":
        yield problems.CsrfFailed
    if "{" in path:
        yield problems.NotFound
    if view.methods[method].compares:
        yield from (problems.VersionMismatch, problems.PreconditionRequired)
    if view.methods[method].reads or view.methods[method].reads_as:
        yield from (problems.LengthRequired, problems.PayloadTooLarge, problems.UnsupportedMediaType)
    if method == "POST" and view.idempotency != "natural":
        yield from (problems.RequestInProgress, problems.IdempotencyKeyReused)
        if view.idempotency == "required":
            yield problems.IdempotencyKeyRequired


def _is_open(view: Any) -> bool:
    return list(view.permission_classes) == [Anyone]
