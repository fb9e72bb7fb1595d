"""Nobody sets what is not theirs to set: every member that an answer has and its body has not is refused by name."""

import pytest

from tests.postgres.askers import InThisProcess
from tests.postgres.extremes import body_of, good, known, operations

pytestmark = pytest.mark.django_db(transaction=True)
# What somebody might hope for, wherever a body is read.
FOREIGN = ("id", "version", "created_at", "customer_id", "roles", "is_staff", "is_superuser", "is_active", "status")
FOREIGN += ("total", "price", "unit_price", "amount_paid", "amount_captured", "email_verified", "scope", "owner")


def test_no_body_takes_what_is_not_for_callers(client):
    admin = InThisProcess(client)

    taken = [
        f"{method} {path} takes {name}"
        for method, path, operation, document in operations()
        if (body := body_of(operation, document))
        for name in sorted({*FOREIGN, *shown_by(operation, document)} - {*body.get("properties", {})})
        if not is_refused(admin.asked(method, path, {**good(body, document), name: 1}), name)
    ]

    assert taken == []


def shown_by(operation, document):
    """The members of what the operation answers."""
    for status in ("200", "201", "202"):
        content = operation["responses"].get(status, {}).get("content", {}).get("application/json")
        if content:
            return known(content["schema"], document).get("properties", {})
    return {}


def is_refused(answer, name):
    errors = answer.body.get("errors", [])
    return answer.status == 400 and any(
        error["pointer"] == f"/{name}" and error["code"] in {"unknown_field", "read_only"} for error in errors
    )
