"""Times in lists are written as serializers write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.projections import milliseconds
from chassis.serializers import MilliTime


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_written_as_the_field_writes_it(moment):
    assert milliseconds(moment) == MilliTime().to_representation(moment)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_a_time_is_in_utc_with_milliseconds(zone):
    moment = datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC).astimezone(zone)

    assert milliseconds(moment) == "2026-01-31T12:00:00.123Z"


def test_no_time_is_null():
    assert milliseconds(None) is None
