"""What protects calls, as the setting writes it."""

import pytest

from chassis.protections import Protection, read_protections


def test_a_hanging_neighbour_gets_half_of_the_threads_unless_it_is_said_otherwise():
    assert read_protections("", threads=16)["users"] == Protection(calls=8)
    assert read_protections("", threads=1)["users"].calls == 1


def test_what_is_said_of_one_neighbour_is_said_of_no_other():
    read = read_protections(" payments.timeout = 5 ,payments.tries=1", threads=8)

    assert read["payments"] == Protection(timeout=5, tries=1, calls=4)
    assert read["users"] == Protection(calls=4)


def test_a_star_is_every_neighbour_and_what_comes_later_counts():
    read = read_protections("*.failures=0,users.failures=9", threads=8)

    assert {name: one.failures for name, one in read.items()} == {"users": 9, "orders": 0, "payments": 0}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("payments", "names none of connect, timeout"),
        ("billing.timeout=3", "begins with none of users, orders, payments and"),
        ("payments.patience=3", "names none of"),
        ("payments.timeout=long", "is not written as"),
        ("payments.tries=1.5", "is not written as"),
        ("payments.timeout=0", "is out of range"),
        ("payments.timeout=nan", "is out of range"),
        ("payments.calls=-1", "is out of range"),
    ],
)
def test_what_is_no_protection_is_named(text, why):
    with pytest.raises(ValueError, match=why):
        read_protections(text, threads=8)
