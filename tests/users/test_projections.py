"""The list of people, byte for byte what the serializer that documents it would answer."""

import json

import pytest
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from apps.users.api.v1.serializers import UserRepresentation
from apps.users.models import User

pytestmark = pytest.mark.django_db(databases=["users"])


def as_bytes(shown):
    return json.dumps(shown, cls=JSONEncoder).encode()


def test_a_list_of_people_has_the_bytes_of_its_serializer():
    facts = ({"roles": ["admin", "customer"]}, {"email_verified_at": timezone.now()}, {"is_active": False})
    for number, more in enumerate(facts):
        User.objects.create(email=f"{number}@example.com", full_name="Ana Ødegård", **more)
    rows = list(User.objects.order_by("pk").values(*UserRepresentation.projection.columns))

    projected = as_bytes(UserRepresentation.projection.show(rows))

    assert projected == as_bytes(UserRepresentation(User.objects.order_by("pk"), many=True).data)
