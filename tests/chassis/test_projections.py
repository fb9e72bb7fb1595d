"""Times in lists are written as serializers write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.users.models import User
from chassis.projections import milliseconds, rows_of, rows_with_id
from chassis.serializers import MilliTime


@pytest.mark.django_db(databases=["users"])
def test_the_row_with_an_id_is_as_a_query_for_it_would_have_it():
    for name in ("ana", "ben"):
        User.objects.create(email=f"{name}@example.com", full_name=name, roles=["customer", name])
    ana = User.objects.get(full_name="ana")
    columns = ("id", "full_name", "roles", "is_active", "created_at", "version")

    found = rows_with_id(ana.id, User, *columns)

    assert found == rows_of(User.objects.filter(pk=ana.id), *columns)
    assert (found[0]["full_name"], found[0]["roles"], found[0]["is_active"]) == ("ana", ["customer", "ana"], True)


@pytest.mark.django_db(databases=["users"])
def test_an_id_that_nothing_has_has_no_row():
    assert rows_with_id("usr_nobody", User, "id") == []


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_written_as_the_field_writes_it(moment):
    assert milliseconds(moment) == MilliTime().to_representation(moment)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_a_time_is_in_utc_with_milliseconds(zone):
    moment = datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC).astimezone(zone)

    assert milliseconds(moment) == "2026-01-31T12:00:00.123Z"


def test_no_time_is_null():
    assert milliseconds(None) is None
