"""`manage.py check_invariants`: what it prints, and with what it exits."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.orders.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(capsys):
    """What it prints, its exit status, and what it complains of."""

    def run(*words):
        status, complaint = 0, ""
        try:
            call_command("check_invariants", *words)
        except CommandError as refusal:
            status, complaint = refusal.returncode, str(refusal)
        return capsys.readouterr().out, status, complaint

    return run


@pytest.fixture
def violated():
    """A product that holds one more than its movements explain."""
    return Product.objects.create(sku="MUG", name="A mug", on_hand=1).id


def test_where_nothing_is_violated_it_says_at_what_it_looked(ran):
    text, status, _ = ran()

    assert text == "Looked at 0 orders, 0 payments, 0 customers, 0 announcements; violations: 0\n"
    assert status == 0


def test_a_violation_is_named_and_an_exit_status(ran, violated):
    text, status, complaint = ran()

    named = "I5 (the stock is what its movements say), orders"
    assert text.splitlines()[0] == f"{named}: {violated}: 1 are on hand, the movements say 0"
    assert (status, complaint) == (1, "violations: 1")


def test_programs_read_the_same(ran, violated):
    told = json.loads(ran("--json")[0])

    assert told == {
        "checked": {"orders": 0, "payments": 0, "customers": 0, "announcements": 0},
        "violations": [
            {
                "invariant": "I5",
                "name": "the stock is what its movements say",
                "service": "orders",
                "subject": violated,
                "detail": "1 are on hand, the movements say 0",
            }
        ],
        "unanswered": {},
    }


def test_a_service_that_cannot_be_asked_is_named_and_another_exit_status(ran, violated, hosting, dead):
    hosting("orders", users=dead, payments=dead)

    text, status, complaint = ran()

    assert violated in text
    assert "users could not be asked: ConnectionError" in text
    assert (status, complaint) == (2, "not asked: payments, users")


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--since", "2026-11-28T10:00:00")])
def test_a_time_without_its_zone_is_refused(words):
    with pytest.raises(CommandError, match="--since"):
        call_command("check_invariants", *words)


def test_what_began_earlier_is_not_compared(ran):
    text, status, _ = ran("--since", (timezone.now() - timedelta(hours=1)).isoformat(), "--grace", "0", "--provider")

    assert text.startswith("Looked at 0 orders, 0 payments, 0 customers, 0 announcements, 0 at providers;")
    assert status == 0
