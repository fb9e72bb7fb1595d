"""Acts are kept with who did them, and nothing personal."""

import pytest
from django.db.transaction import atomic

from apps.orders.models import AuditEvent
from chassis import context
from chassis.audits import MASK, differences, masked, record
from chassis.context import Context

pytestmark = pytest.mark.django_db


def recorded(**changes):
    with atomic(using="orders"):
        record("orders", "product.changed", "prd_x", **changes)
    return AuditEvent.objects.get()


def test_an_act_says_who_did_it_for_whom_and_in_which_request():
    with context.entered(Context(request_id="of-the-request")):
        context.identify("service:orders", on_behalf_of="usr_ana")
        kept = recorded(name=("Mug", "Cup"))

    assert (kept.actor, kept.on_behalf_of, kept.request_id) == ("service:orders", "usr_ana", "of-the-request")
    assert (kept.action, kept.subject, kept.changes) == ("product.changed", "prd_x", {"name": ["Mug", "Cup"]})


def test_what_no_caller_asked_for_the_service_did_itself():
    assert recorded().actor == "service:orders"


def test_what_is_personal_is_masked():
    assert masked({"email": ("a@example.com", "b@example.com"), "roles": ([], ["admin"])}) == {
        "email": [MASK, MASK],
        "roles": [[], ["admin"]],
    }


def test_only_what_differs_is_a_change():
    assert differences({"name": "Mug", "sku": "M"}, {"name": "Cup", "sku": "M"}) == {"name": ("Mug", "Cup")}


@pytest.mark.django_db(transaction=True)
def test_an_act_without_the_transaction_of_its_change_is_not_recorded():
    with pytest.raises(RuntimeError, match="outside the transaction"):
        record("orders", "product.changed", "prd_x")
