"""What a service signs and seals with a secret of its own."""

import pytest
from cryptography.fernet import InvalidToken
from django.core.signing import BadSignature

from chassis.signing import digest, keyed_digest, new_secret, seal, sign, unseal, unsign

VALUE = {"after": ["ä", 3, None], "nested": {"a": [True]}}


def test_what_was_signed_is_read_again():
    assert unsign("orders", sign("orders", VALUE, purpose="cursor"), purpose="cursor") == VALUE


@pytest.mark.parametrize(
    ("service", "purpose"), [("payments", "cursor"), ("orders", "other"), ("orders", ""), ("users", "cursor")]
)
def test_a_signature_is_good_for_its_service_and_purpose_alone(service, purpose):
    with pytest.raises(BadSignature):
        unsign(service, sign("orders", VALUE, purpose="cursor"), purpose=purpose)


@pytest.mark.parametrize("position", [0, 3, -1, -20])
def test_a_letter_changed_breaks_a_signature(position):
    letters = list(sign("orders", VALUE, purpose="cursor"))
    letters[position] = "A" if letters[position] != "A" else "B"

    with pytest.raises(BadSignature):
        unsign("orders", "".join(letters), purpose="cursor")


@pytest.mark.parametrize("text", ["", ":", "x", "x:y", "\x00", "é:é"])
def test_garbage_has_no_signature(text):
    with pytest.raises(BadSignature):
        unsign("orders", text, purpose="cursor")


def test_what_was_sealed_is_read_again_and_by_its_service_alone():
    sealed = seal("orders", VALUE)

    assert unseal("orders", sealed) == VALUE
    assert unseal("orders", memoryview(sealed)) == VALUE
    with pytest.raises(InvalidToken):
        unseal("payments", sealed)


def test_a_seal_hides_what_it_holds_and_never_looks_the_same():
    one, two = seal("orders", "guest token"), seal("orders", "guest token")

    assert b"guest" not in one
    assert one != two


def test_a_seal_that_was_changed_is_not_read():
    sealed = bytearray(seal("orders", VALUE))
    sealed[20] ^= 1

    with pytest.raises(InvalidToken):
        unseal("orders", bytes(sealed))


def test_a_secret_cannot_be_guessed_and_is_kept_one_way():
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert min(map(len, secrets)) >= 43
    assert digest("a") == digest("a")
    assert len({digest(secret) for secret in secrets}) == 100
    assert not any(secret in digest(secret) for secret in secrets)


def test_what_can_be_guessed_is_found_again_by_its_service_for_the_same_purpose_alone():
    digests = {
        keyed_digest(service, text, purpose=purpose)
        for service, text, purpose in (
            ("users", "ana@example.com", "account"),
            ("users", "ana@example.com", "account"),
            ("users", "ben@example.com", "account"),
            ("users", "ana@example.com", "other"),
            ("orders", "ana@example.com", "account"),
        )
    }

    assert len(digests) == 4
    assert {len(one) for one in digests} == {64}
    assert digest("ana@example.com") not in digests
