"""Rates as the setting writes them."""

import pytest

from chassis.rates import Rate, read_rates


def test_what_is_not_said_is_as_it_was():
    assert read_rates("")["register"] == Rate(10, 60)
    assert read_rates(" pay = 5/s ,caller=7/h") == {**read_rates(""), "pay": Rate(5, 1), "caller": Rate(7, 3600)}


@pytest.mark.parametrize("text", ["register", "register=0/min", "register=10/month", "a=-1/s", "é=1/s"])
def test_what_is_no_rate_is_named(text):
    with pytest.raises(ValueError, match=r"is not written as|there is no rate"):
        read_rates(text)


def test_a_rate_that_nobody_asks_for_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="there is no rate 'sing_in', only register, sign_in"):
        read_rates("sing_in=1/s")
