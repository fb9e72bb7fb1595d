"""The database itself refuses to change what is only ever added to."""

import pytest
from django.db import DatabaseError, connections
from django.db.transaction import atomic

from apps.orders.models import AuditEvent
from chassis.insert_only import REFUSAL, guard, guarded, lifted

pytestmark = pytest.mark.django_db

TABLE = "orders_auditevent"


@pytest.fixture(autouse=True)
def as_migrated():
    """The guard stands; where tests empty tables row by row, they have lifted it for themselves."""
    if not guarded(connections["orders"], [TABLE]):
        guard(connections["orders"], TABLE)


@pytest.fixture
def kept():
    return AuditEvent.objects.create(actor="usr_ana", action="product.archived", subject="prd_x")


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_row_is_neither_changed_nor_removed(kept, change):
    rows = AuditEvent.objects.filter(pk=kept.pk)

    with pytest.raises(DatabaseError, match=REFUSAL), atomic(using="orders"):
        rows.update(actor="usr_ben") if change == "update" else rows.delete()

    assert AuditEvent.objects.get().actor == "usr_ana"


def test_whole_tables_are_replaced_while_the_guard_is_lifted_and_it_stands_again(kept):
    with atomic(using="orders"), lifted("orders", [TABLE]):
        AuditEvent.objects.all().delete()
    again = AuditEvent.objects.create(actor="usr_ben", action="product.archived", subject="prd_x")

    with pytest.raises(DatabaseError, match=REFUSAL), atomic(using="orders"):
        again.delete()
