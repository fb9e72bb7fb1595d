"""What must hold of people, and what users tells so that others can compare."""

from collections.abc import Iterator

from apps.users.models import User
from chassis.invariants import Fact, Invariants, Span, Violation, each
from chassis.personal import tombstone


def _erased() -> Iterator[Violation]:
    """I20: nothing is left of whoever was erased but a tombstone."""
    erased = User.objects.exclude(erased_at=None).values_list("pk", "email")
    rows = [{"id": pk} for pk, email in erased.iterator() if email != tombstone(pk)]
    yield from each("I20", rows, "was erased, and users still knows an e-mail address of theirs")


def _users(span: Span) -> list[Fact]:
    rows = span.of(User.objects.all(), "pk").values_list("pk", "erased_at")[: span.limit]
    return [{"key": key, "is_erased": erased_at is not None} for key, erased_at in rows]


INVARIANTS = Invariants((_erased,), facts={"users": _users})
