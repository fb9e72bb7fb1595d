"""Postal addresses, in any country."""

import pytest

from chassis.addresses import PostalAddress

HOME = {"recipient": "Ana Kovač", "line1": "Ilica 1", "city": "Zagreb", "country": "HR"}


def errors(**more):
    body = PostalAddress(data={**HOME, **more})
    body.is_valid()
    return set(body.errors)


def test_what_is_not_said_is_blank():
    body = PostalAddress(data=HOME)

    assert body.is_valid()
    blank = {"company": "", "line2": "", "region": "", "postal_code": "", "phone": None}
    assert body.validated_data == {**HOME, **blank}


@pytest.mark.parametrize(
    ("member", "value"),
    [("recipient", " "), ("city", "x" * 101), ("country", "HRV"), ("country", "h1"), ("phone", "0123"), ("zip", "1")],
)
def test_an_address_has_the_form_of_one(member, value):
    assert errors(**{member: value}) == {member}
