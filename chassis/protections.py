"""What protects a service from a neighbour, as the setting `CALLS` says it: `payments.timeout=5,*.calls=8`.

====================  =======  =====================================================================================
`connect`             1 s      a neighbour on the same network connects in a millisecond, or it is not there
`timeout`             3 s      one call with all its tries; less than the patience of people, more than a slow commit
`tries`               3        more of them help nobody: what fails thrice within a second is down
`budget`              0.2      retries in a hundred calls are at most twenty, so that they cannot double the load
`calls`               half     at once, of the threads of a server: the others go on when all of these hang
`failures`            3        and half of what ended in two seconds (or ten): then nobody is asked for a while
`rest`                1 s      how long that is, before one call is let through to see whether it is over
====================  =======  =====================================================================================

`calls=0` and `failures=0` are no bulkhead and no circuit breaker, `tries=1` is no retry. `*` means every neighbour.
"""

from dataclasses import dataclass, fields, replace

from chassis.topology import SERVICES


@dataclass(frozen=True)
class Protection:
    """How calls to one neighbour are limited. Times are in seconds."""

    connect: float = 1.0
    timeout: float = 3.0
    tries: int = 3
    budget: float = 0.2
    calls: int = 4
    failures: int = 3
    rest: float = 1.0


KINDS = {field.name: field.type for field in fields(Protection)}
AT_LEAST_ONE = {"connect", "timeout", "tries", "rest"}


def read_protections(text: str, *, threads: int) -> dict[str, Protection]:
    """The protection of calls to each service: the defaults for a server of so many threads, and what `text` says.

    Raises ValueError for what is no protection of ours.
    """
    known = dict.fromkeys(SERVICES, Protection(calls=max(1, threads // 2)))
    for part in filter(None, (part.strip() for part in text.split(","))):
        neighbour, name, value = _read(part)
        for service in SERVICES if neighbour == "*" else (neighbour,):
            known[service] = replace(known[service], **{name: value})  # type: ignore[arg-type]  # of its kind, by _number
    return known


def _read(part: str) -> tuple[str, str, float]:
    place, _, given = part.partition("=")
    neighbour, _, name = place.strip().partition(".")
    if neighbour not in {*SERVICES, "*"}:
        raise ValueError(f"{part!r} begins with none of {', '.join(SERVICES)} and *")
    if name not in KINDS:
        raise ValueError(f"{part!r} names none of {', '.join(KINDS)}")
    return neighbour, name, _number(part, name, given)


def _number(part: str, name: str, given: str) -> float:
    try:
        value = int(given) if KINDS[name] is int else float(given)
    except ValueError as exc:
        raise ValueError(f"{part!r} is not written as payments.timeout=5") from exc
    if not (value > 0 if name in AT_LEAST_ONE else value >= 0) or value > 3600:
        raise ValueError(f"{part!r} is out of range")
    return value
