"""Shows that what breaks clients is caught, and that what does not is let pass."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

from tests.contracts import optic
from tests.contracts.breaks import breaking_changes
from tests.contracts.consumers import complaints, read_recordings
from tests.contracts.documents import Node, read_documents, title
from tests.contracts.seeds import DOCUMENT, REFUNDS, SEEDS, answered, take_away

WORDS = {True: "caught", False: "let pass", None: "not asked"}
BREAKING = [seed.is_breaking for seed in SEEDS]
CUSTOMER = "/internal/users/v1/users/{user_id}"
# Of the answer of one operation: a member that nobody reads, and members that a client reads.
TAKEN_AWAY = (
    (DOCUMENT, (REFUNDS, "post", "201"), "created_at"),
    (DOCUMENT, (REFUNDS, "post", "201"), "status"),
    ("users-internal-v1", (CUSTOMER, "get", "200"), "email"),
)


def caught_by_us() -> list[bool]:
    """Which of the planted changes our own check calls breaking."""
    return [bool(breaking_changes(*seed.documents())) for seed in SEEDS]


def caught_by_optic() -> list[bool | None]:
    """Which of them Optic calls breaking; None where it is not there."""
    if not optic.is_there():
        return [None] * len(SEEDS)
    with ThreadPoolExecutor(2) as pool:
        return [*pool.map(lambda seed: optic.objects(*seed.documents()), SEEDS)]


def lines_of_seeds(own: Sequence[bool | None], second: Sequence[bool | None]) -> Iterator[str]:
    """A table of who caught which planted change."""
    yield f"{f'planted in {DOCUMENT}':52} | own check | optic"
    for seed, *caught in zip(SEEDS, own, second, strict=True):
        yield f"{seed.name:52} | {WORDS[caught[0]]:9} | {WORDS[caught[1]]}"
    yield f"own check: {score(own)}"
    yield f"optic: {'needs npm' if None in second else score(second)}"


def score(caught: Sequence[bool | None]) -> str:
    """`10 of 10 caught, 2 of 2 harmless ones let pass`."""
    breaking = [one for one, breaks in zip(caught, BREAKING, strict=True) if breaks]
    harmless = [one for one, breaks in zip(caught, BREAKING, strict=True) if not breaks]
    let_pass = len(harmless) - sum(map(bool, harmless))
    return f"{sum(map(bool, breaking))} of {len(breaking)} caught, {let_pass} of {len(harmless)} harmless ones let pass"


def lines_of_clients() -> Iterator[str]:
    """What clients lose with a member that none of them reads, and with members that one reads."""
    for name, operation, member in TAKEN_AWAY:
        path, method, status = operation
        lost = complaints(read_recordings(), stripped(name, operation, member))
        label = f"{title(name)} without '{member}' in {method.upper()} {path} {status}"
        yield f"{label}: {'caught' if lost else 'passes'}"
        yield from (f"  {complaint}" for complaint in lost)


def stripped(name: str, operation: tuple[str, str, str], member: str) -> dict[str, Node]:
    """All documents, one of them without a member in the answer of an operation."""
    documents = deepcopy(read_documents())
    take_away(answered(documents[name], *operation), member)
    return documents
