"""What `Cache-Control` says of an answer (RFC 9111, RFC 5861)."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.lifetimes import LONGEST_SECONDS, STALE_SECONDS, Lifetime, lifetime

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("private, max-age=60, stale-if-error=86400", Lifetime(60, 86_400)),
        ("max-age=60", Lifetime(60, STALE_SECONDS)),
        ('Max-Age="60" , PRIVATE', Lifetime(60, STALE_SECONDS)),
        ("", Lifetime(0, STALE_SECONDS)),
        ("private", Lifetime(0, STALE_SECONDS)),
        ("max-age=60, stale-if-error=0", Lifetime(60, 0)),
        ("max-age=60, no-cache", Lifetime(0, 0)),
        ("no-cache, stale-if-error=60", Lifetime(0, 0)),
        ("max-age=60, must-revalidate, stale-if-error=60", Lifetime(60, 0)),
        ("no-store", None),
        ("max-age=60, no-store", None),
    ],
)
def test_the_owner_says_how_long_an_answer_is_good_for(said, meant):
    assert lifetime({"Cache-Control": said}) == meant


@pytest.mark.parametrize("number", ["soon", "-1", "1.5", "", "٣", "9" * 30])
def test_a_number_that_is_none_counts_as_nothing(number):
    assert lifetime({"Cache-Control": f"max-age={number}"}) == Lifetime(0, STALE_SECONDS)


def test_nothing_is_fresh_for_ever():
    assert lifetime({"Cache-Control": "max-age=9999999999"}) == Lifetime(LONGEST_SECONDS, STALE_SECONDS)


@pytest.mark.parametrize("vary", ["*", "Accept, *", "X-On-Behalf-Of", "accept, x-on-behalf-of"])
def test_what_differs_by_more_than_it_is_kept_under_is_not_kept(vary):
    assert lifetime({"Cache-Control": "max-age=60", "Vary": vary}) is None


def test_what_differs_by_who_asks_is_kept_for_them():
    said = {"Cache-Control": "max-age=60", "Vary": "Accept, Authorization, Cookie"}

    assert lifetime(said) == Lifetime(60, STALE_SECONDS)


def test_it_is_renewed_when_a_fifth_of_its_life_is_left():
    moments = Lifetime(60, 3600).since(NOON)

    assert {name: (moment - NOON) / timedelta(seconds=1) for name, moment in moments.items()} == {
        "renew_at": 48,
        "fresh_until": 60,
        "stale_until": 3660,
    }
