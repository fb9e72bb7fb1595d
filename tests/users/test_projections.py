"""The lists of people and of addresses, byte for byte what the serializers that document them would answer."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.utils.encoders import JSONEncoder

from apps.users.api.internal.views import CustomerRepresentation
from apps.users.api.v1.serializers import AddressRepresentation, UserRepresentation
from apps.users.models import Address, Role, User

pytestmark = pytest.mark.django_db(databases=["users"])
ONCE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # with zones
PLACES = ("recipient", "company", "line1", "line2", "city", "region", "postal_code")


def as_bytes(shown):
    return json.dumps(shown, cls=JSONEncoder, ensure_ascii=False).encode()


def assert_equal_bytes(shape):
    """The list, by its projection and by its serializer."""
    model = shape.Meta.model
    rows = list(model.objects.order_by("pk").values(*shape.projection.columns))
    serialized = shape(model.objects.order_by("pk"), many=True).data

    assert as_bytes(shape.projection.show(rows)) == as_bytes(serialized)


@st.composite
def people(draw):
    """A person in any state, with whatever may stand in a column."""
    roles = draw(st.lists(st.sampled_from(Role.values), unique=True))
    return User(
        full_name=draw(WORDS),
        roles=roles,
        email_verified_at=draw(st.none() | MOMENTS),
        is_active=draw(st.booleans()),
    )


@st.composite
def addresses(draw):
    return Address(
        **{name: draw(WORDS) for name in PLACES},
        country=draw(st.sampled_from(["DE", "HR"])),
        phone=draw(st.none() | st.just("+38512345678")),
    )


@ONCE
@given(st.lists(people(), max_size=4))
def test_a_list_of_people_has_the_bytes_of_its_serializer(db, people):
    User.objects.all().delete()
    for number, user in enumerate(people):
        user.email = f"{number}@example.com"
    User.objects.bulk_create(people)

    assert_equal_bytes(UserRepresentation)
    assert_equal_bytes(CustomerRepresentation)


@ONCE
@given(st.lists(addresses(), max_size=4), st.booleans(), st.booleans())
def test_a_list_of_addresses_has_the_bytes_of_its_serializer(db, addresses, ships, bills):
    Address.objects.all().delete()
    ana = User.objects.get_or_create(email="ana@example.com", full_name="Ana")[0]
    for address in addresses:
        address.user = ana
    if addresses:
        addresses[0].is_default_shipping, addresses[-1].is_default_billing = ships, bills
    Address.objects.bulk_create(addresses)

    assert_equal_bytes(AddressRepresentation)
