"""Where a request belongs in its trace, as W3C Trace Context (level 2) has it travel.

::

    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
    tracestate: vendor=what-it-likes
"""

import random
import re
from dataclasses import dataclass

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
# What a process of ours has to pass on; more is forgotten.
LONGEST_STATE, MOST_MEMBERS = 512, 32

_PARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_MEMBER = re.compile(
    r"([a-z0-9][_0-9a-z\-*/]{0,255}|[a-z0-9][_0-9a-z\-*/]{0,240}@[a-z][_0-9a-z\-*/]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
# Sampled, and made at random: the flags that the standard knows.
_KNOWN_FLAGS = 0b11


@dataclass(frozen=True, slots=True)
class Trace:
    """A span, and the trace that it is part of. `flags` are two hexadecimal digits, `state` is for others."""

    trace_id: str
    span_id: str
    flags: str = "01"
    state: str = ""

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def headers(self) -> dict[str, str]:
        """What a call carries."""
        parent = {TRACEPARENT: self.traceparent}
        return {**parent, TRACESTATE: self.state} if self.state else parent

    def child(self) -> "Trace":
        """A new span of the same trace."""
        return Trace(self.trace_id, _new_id(64), self.flags, self.state)


def new_trace() -> Trace:
    """The first span of a trace."""
    return Trace(_new_id(128), _new_id(64), "03")


def read_trace(traceparent: str, tracestate: str = "") -> Trace | None:
    """The span that a request came from; None where that is not said, or not as the standard says it."""
    found = _PARENT.fullmatch(traceparent)
    if not found:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if more and version == "00":
        return None
    return Trace(trace_id, span_id, f"{int(flags, 16) & _KNOWN_FLAGS:02x}", _state(tracestate))


def _state(given: str) -> str:
    """The members in their order; none of them where one cannot be read."""
    members = [member for part in given.split(",") if (member := part.strip(" \t"))]
    keys = {member.partition("=")[0] for member in members}
    is_good = len(members) <= MOST_MEMBERS and len(keys) == len(members) and all(map(_MEMBER.fullmatch, members))
    state = ",".join(members)
    return state if is_good and len(state) <= LONGEST_STATE else ""


def _new_id(bits: int) -> str:
    """Python seeds its generator from the system, and anew in each process that forks."""
    return f"{random.getrandbits(bits) or 1:0{bits // 4}x}"
