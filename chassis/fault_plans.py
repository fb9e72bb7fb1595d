"""What shall go wrong, as the file that `FAULTS_FILE` names says it; docs/faults.md tells what each kind does.

::

    {"seed": 7, "down": ["users"], "crash": ["/v1/payments"], "faults": [
        {"caller": "orders", "neighbour": "payments", "method": "POST", "route": "/v1/payments/{id}/refunds",
         "kind": "error_after", "share": 0.5, "times": 3}]}
"""

from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec

from chassis.observations import route_of
from chassis.topology import SERVICES

Kind = Literal["delay", "error_before", "error_after", "timeout_after", "duplicate", "cut_body", "stale_answer"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class WrongPlan(Exception):
    """A plan that cannot be carried out; the message says what is wrong, and where."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong with a share of the tries of some calls, `times` at most. What is not named may be any."""

    neighbour: str
    kind: Kind
    caller: str | None = None
    method: Method | None = None
    route: str | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        _require_services(self.neighbour, *([self.caller] if self.caller else []))
        if (self.kind == "delay") != (self.seconds is not None):
            raise ValueError("a delay has seconds, and nothing else has")
        if self.route is not None and not (self.route.startswith("/") and self.route == route_of(self.route)):
            raise ValueError(f"no route is {self.route!r}: it is a path, with {{id}} in the place of each id")

    def concerns(self, caller: str, neighbour: str, method: str, route: str) -> bool:
        """Whether such a call may be struck."""
        asked = ((self.neighbour, neighbour), (self.caller, caller), (self.method, method), (self.route, route))
        return all(wanted in {None, found} for wanted, found in asked)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that shall go wrong; nothing where nothing is said."""

    seed: int = 0
    down: tuple[str, ...] = ()
    crash: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        _require_services(*self.down)
        if wrong := [prefix for prefix in self.crash if not prefix.startswith("/")]:
            raise ValueError(f"no path begins with {wrong[0]!r}")

    def strikes(self, number: int, caller: str, nth: int) -> bool:
        """Whether fault `number` strikes the `nth` try of a caller that it concerns: the same wherever that runs."""
        fault = self.faults[number]
        chance = Random(f"{self.seed}:{number}:{caller}:{fault.neighbour}:{nth}")  # noqa: S311  it guards nothing
        return chance.random() < fault.share


def read_plan(file: Path) -> Plan:
    """What the file plans; nothing if it is empty or not there. Raises WrongPlan."""
    try:
        text = file.read_bytes() if file.exists() else b""
        return msgspec.json.decode(text, type=Plan) if text.strip() else Plan()
    except (OSError, msgspec.DecodeError) as exc:
        raise WrongPlan(f"{file}: {exc}") from exc


def _require_services(*names: str) -> None:
    if strange := [name for name in names if name not in SERVICES]:
        raise ValueError(f"there is no service {strange[0]!r}, only {', '.join(SERVICES)}")
