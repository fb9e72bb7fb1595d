"""Letters are sent once, after what they tell of, and kept by nobody."""

import pytest
from django.core import mail
from django.db.transaction import atomic

from apps.orders.models import Mail
from chassis.mails import forget, post, send
from chassis.signing import unseal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def template(monkeypatch):
    def render(name, told):
        return f"{name} for {told['name']}\n\nFrom {told['shop']}\n"

    monkeypatch.setattr("chassis.mails.render_to_string", render)


def posted():
    with atomic(using="orders"):
        post("orders", "placed", to="ana@example.com", name="Ana")
    return Mail.objects.get()


def test_a_letter_is_sealed_until_it_is_sent_and_then_it_is_gone():
    letter = posted()

    assert b"ana@example.com" not in bytes(letter.sealed)
    assert unseal("orders", letter.sealed) == {"to": "ana@example.com", "facts": {"name": "Ana"}}

    assert send("orders", "worker") == 1
    letter.refresh_from_db()
    assert (bytes(letter.sealed), letter.done_at is None) == (b"", False)


def test_a_letter_is_the_template_of_its_kind_with_a_name_of_its_own():
    letter = posted()

    send("orders", "worker")

    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == (
        "orders/mail/placed.txt for Ana",
        "From Tearline\n",
        ["ana@example.com"],
    )
    assert sent.message()["Message-ID"].startswith(f"<{letter.id}@")


def test_what_cannot_be_sent_now_is_sent_later(monkeypatch):
    def refuse(_):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    posted()

    send("orders", "worker")

    waiting = Mail.objects.get()
    assert (waiting.failures, waiting.last_failure, waiting.done_at) == (1, "ConnectionRefusedError", None)


def test_a_letter_that_cannot_be_written_holds_up_no_other():
    broken = posted()
    Mail.objects.filter(pk=broken.pk).update(sealed=b"")
    with atomic(using="orders"):
        post("orders", "placed", to="bea@example.com", name="Bea")

    send("orders", "worker")

    good = Mail.objects.exclude(pk=broken.pk).get()
    broken.refresh_from_db()
    assert (good.done_at is None, [sent.to for sent in mail.outbox]) == (False, [["bea@example.com"]])
    assert (broken.done_at, broken.failures, broken.leased_by) == (None, 1, "")


def test_whoever_dies_between_sending_and_writing_it_down_leaves_a_letter_that_is_sent_again(monkeypatch):
    letter = posted()
    monkeypatch.setattr(Mail, "finish", lambda _: 1 / 0)

    send("orders", "worker")

    letter.refresh_from_db()
    assert unseal("orders", letter.sealed)["to"] == "ana@example.com"


@pytest.mark.django_db(transaction=True)
def test_a_letter_without_the_transaction_of_its_change_is_not_written():
    with pytest.raises(RuntimeError, match="outside the transaction"):
        post("orders", "placed", to="ana@example.com")


def test_a_letter_to_somebody_who_is_erased_is_emptied_and_not_sent():
    letter = posted()

    forget("orders", {"ben@example.com"})
    assert Mail.objects.waiting().exists()
    forget("orders", {"ana@example.com"})
    letter.refresh_from_db()

    assert (bytes(letter.sealed), send("orders", "worker"), mail.outbox) == (b"", 0, [])


def test_to_a_tombstone_no_letter_is_written():
    with atomic(using="orders"):
        post("orders", "placed", to="erased+usr_ana@invalid", name="Ana")

    assert not Mail.objects.exists()
