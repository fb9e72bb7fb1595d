"""The nine shapes: every way to divide three services among processes, and how those that share one call each other."""

from collections.abc import Iterator
from dataclasses import dataclass

Group = tuple[str, ...]

PARTITIONS: tuple[tuple[Group, ...], ...] = (
    (("users", "orders", "payments"),),
    (("users", "orders"), ("payments",)),
    (("users", "payments"), ("orders",)),
    (("orders", "payments"), ("users",)),
    (("users",), ("orders",), ("payments",)),
)


@dataclass(frozen=True)
class Shape:
    """Which services share a process, and whether those call each other in process or over the network."""

    groups: tuple[Group, ...]
    transport: str = "in_process"

    @property
    def name(self) -> str:
        """As people say it: `one process`, `users+orders | payments, over HTTP`."""
        names = " | ".join("+".join(group) for group in self.groups)
        name = "one process" if self.is_one_process else names
        return f"{name}, over HTTP" if self.transport == "http" and self.shares_a_process else name

    @property
    def is_one_process(self) -> bool:
        return len(self.groups) == 1

    @property
    def shares_a_process(self) -> bool:
        return any(len(group) > 1 for group in self.groups)

    def group_of(self, service: str) -> Group:
        return next(group for group in self.groups if service in group)


def _shapes() -> Iterator[Shape]:
    for groups in PARTITIONS:
        shape = Shape(groups)
        yield shape
        if shape.shares_a_process:
            yield Shape(groups, "http")


NINE = tuple(_shapes())
ONE_PROCESS, ONE_OVER_HTTP, THREE_PROCESSES = NINE[0], NINE[1], NINE[-1]
QUICK = (ONE_PROCESS, ONE_OVER_HTTP, THREE_PROCESSES)
