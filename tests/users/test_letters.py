"""The letters that users writes."""

import pytest

from apps.users.models import Purpose
from chassis.mails import letter
from chassis.topology import topology

KINDS = [*Purpose.values, "password_changed"]
FACTS = {"full_name": "Ana <O'Neill> & Söhne", "token": "t" * 43}


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_plain_text_with_one_line_as_its_subject(kind):
    written = letter("users", kind, to="ana@example.com", facts=FACTS)

    assert written.subject
    assert "\n" not in written.subject
    assert written.body.startswith("Hello Ana <O'Neill> & Söhne,\n")
    assert written.body.endswith("\nTearline\n")
    assert not {"{{", "{%", "&amp;"} & set(written.body.split())


@pytest.mark.parametrize("kind", Purpose.values)
def test_a_letter_with_a_token_says_where_it_goes(kind):
    written = letter("users", kind, to="ana@example.com", facts=FACTS)

    assert f"\n    {FACTS['token']}\n" in written.body
    assert f"{topology().public_url}/session/" in written.body
    assert f"{topology().public_url}/v1/users/" in written.body


def test_no_letter_carries_a_token_in_an_address():
    bodies = [letter("users", kind, to="ana@example.com", facts=FACTS).body for kind in KINDS]

    assert [line for body in bodies for line in body.splitlines() if "http" in line and FACTS["token"] in line] == []
