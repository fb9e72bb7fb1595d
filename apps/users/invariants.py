"""What users tells so that others can compare: who there is, and who has been forgotten."""

from apps.users.models import User
from chassis.invariants import Fact, Invariants, Span

ERASED = "erased+"


def _users(span: Span) -> list[Fact]:
    rows = span.of(User.objects.all(), "pk").values_list("pk", "email")[: span.limit]
    return [{"key": key, "is_erased": email.startswith(ERASED)} for key, email in rows]


INVARIANTS = Invariants(facts={"users": _users})
