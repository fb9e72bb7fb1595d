"""Rows that are the same in whatever database they are kept, and checksums that tell when they are not."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from config.copies import Copy, Sum, canonical, models_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (b"\x00\xff", memoryview(b"\x00\xff")),
        (Decimal("0.20"), Decimal("0.20000")),
        (NOON, NOON.astimezone(timezone(timedelta(hours=2)))),
        ({"b": [1, None], "a": True}, {"a": True, "b": [1, None]}),
        ({"n": 1e16}, {"n": 10000000000000000}),
    ],
)
def test_a_value_is_the_same_however_a_database_gives_it_back(here, there):
    assert canonical([here]) == canonical([there])


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("1", 1),
        (None, ""),
        (True, "True"),
        (NOON, NOON + timedelta(microseconds=1)),
        (b"a", "a"),
        (Decimal("1.10"), Decimal("1.01")),
        ([1, 2], [2, 1]),
    ],
)
def test_values_that_differ_are_told_apart(here, there):
    assert canonical([here]) != canonical([there])


def test_a_sum_does_not_depend_on_the_order_in_which_a_database_sorts():
    rows = [(1, "a"), (2, "B"), (3, "é")]

    assert Sum().with_rows(rows) == Sum().with_rows(rows[::-1][:1]).with_rows(rows[::-1][1:])


@pytest.mark.parametrize("arrived", [[(1, "a")], [(1, "a"), (2, "c")], [(1, "b"), (2, "a")], [(1, "a")] * 3])
def test_a_copy_is_equal_only_if_every_row_has_arrived_once_and_unchanged(arrived):
    sent = Sum().with_rows([(1, "a"), (2, "b")])

    assert not Copy("thing", sent, Sum().with_rows(arrived)).is_equal
    assert Copy("thing", sent, Sum().with_rows([(2, "b"), (1, "a")])).is_equal


def test_a_service_keeps_everything_that_is_routed_to_its_database():
    kept = {service: {model._meta.db_table for model in models_of(service)} for service in ("users", "orders")}

    assert {"users_user", "users_refreshtoken", "auth_group_permissions", "django_content_type"} <= kept["users"]
    assert {"orders_order", "orders_delivery", "orders_idempotencyrecord", "orders_knownkeys"} <= kept["orders"]
    assert not kept["users"] & kept["orders"]
