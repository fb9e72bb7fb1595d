"""What Stripe tells unasked: only what it has signed, lately, and of money as real as ours."""

import json
import logging
import time

import pytest

from apps.payments.providers import InvalidSignature
from apps.payments.providers.stripe import Stripe
from tests.stripe.events import signed
from tests.stripe.processes import KEY, LIVE_KEY, WEBHOOK_SECRET

OTHER_SECRET = WEBHOOK_SECRET[::-1]
HEARD = [
    *("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing"),
    *("payment_intent.requires_action", "payment_intent.amount_capturable_updated", "payment_intent.canceled"),
]
HEARD_OF_CHARGES = [
    *("charge.refunded", "refund.created", "refund.updated", "refund.failed"),
    *("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"),
]


def event(type="payment_intent.succeeded", **members):
    subject = {"id": "pi_1", "payment_intent": "pi_1"}
    told = {"id": "evt_1", "object": "event", "type": type, "livemode": False, "data": {"object": subject}}
    return json.dumps(told | members).encode()


def heard(body, *, at=None, secret=WEBHOOK_SECRET, by=None):
    account = by or Stripe(secret_key=KEY, webhook_secrets=(WEBHOOK_SECRET,))
    header = signed(body.decode(), secret, int(at or time.time()))
    return account.read_webhook({"Stripe-Signature": header}, body)


@pytest.fixture
def letters(fake):
    """What is told from now on, as it would be sent."""
    fake.tell("endpoints", url="http://127.0.0.1:9/v1/webhooks/stripe", secret=WEBHOOK_SECRET)
    fake.tell("take")
    fake.tell("plan", held=True)
    yield lambda: fake.tell("take")["webhooks"]
    fake.tell("plan", copies=0)


def test_a_webhook_names_what_to_ask_for_and_never_how_it_stands(stripe, letters, paid):
    reference = paid().reference

    news = [stripe.read_webhook(letter["headers"], letter["body"].encode()) for letter in letters()]

    assert [(one.type, one.reference) for one in news] == [
        ("payment_intent.created", ""),
        ("payment_intent.succeeded", reference),
    ]
    assert len({one.id for one in news}) == 2


def test_a_refund_names_its_payment(stripe, fake, letters, paid):
    reference = paid().reference
    fake.tell(f"intents/{reference}/refunds", amount=100)

    told = [stripe.read_webhook(letter["headers"], letter["body"].encode()) for letter in letters()]

    assert {one.type: one.reference for one in told if "refund" in one.type} == {
        "refund.created": reference,
        "charge.refunded": reference,
    }


@pytest.mark.parametrize("type", [*HEARD, *HEARD_OF_CHARGES])
def test_what_is_about_a_payment_names_it(type):
    assert heard(event(type)).reference == "pi_1"


@pytest.mark.parametrize("type", ["customer.created", "payment_intent.created", "payout.paid"])
def test_all_else_names_nothing(type):
    assert heard(event(type)).reference == ""


def test_a_refund_without_an_intent_names_nothing():
    assert heard(event("refund.updated", data={"object": {"id": "re_1", "payment_intent": None}})).reference == ""


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clocks_may_differ_a_little(seconds):
    assert heard(event(), at=time.time() + seconds).id == "evt_1"


@pytest.mark.parametrize("seconds", [-320, 320])
def test_what_was_signed_long_ago_or_will_be_is_refused(seconds):
    with pytest.raises(InvalidSignature):
        heard(event(), at=time.time() + seconds)


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "nonsense", "t=x,v1=abc", f"t={int(time.time())},v1=abc"])
def test_what_is_not_signed_is_refused(stripe, header):
    with pytest.raises(InvalidSignature):
        stripe.read_webhook({"Stripe-Signature": header} if header else {}, event())


def test_a_body_that_was_changed_is_refused(stripe):
    header = signed(event().decode(), WEBHOOK_SECRET, int(time.time()))

    with pytest.raises(InvalidSignature):
        stripe.read_webhook({"Stripe-Signature": header}, event(id="evt_2"))


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"id": 1, "type": "x"}'])
def test_what_is_no_event_is_refused_though_it_is_signed(body):
    with pytest.raises(InvalidSignature):
        heard(body)


def test_what_is_no_text_is_refused(stripe):
    with pytest.raises(InvalidSignature):
        stripe.read_webhook({"Stripe-Signature": f"t={int(time.time())},v1=abc"}, b"\xff\xfe")


def test_two_secrets_are_good_while_one_replaces_the_other():
    both = Stripe(secret_key=KEY, webhook_secrets=(OTHER_SECRET, WEBHOOK_SECRET))

    assert heard(event(), by=both).id == heard(event(), secret=OTHER_SECRET, by=both).id == "evt_1"
    with pytest.raises(InvalidSignature):
        heard(event(), secret=OTHER_SECRET)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_believed(secrets):
    with pytest.raises(InvalidSignature):
        heard(event(), by=Stripe(secret_key=KEY, webhook_secrets=secrets))


@pytest.mark.parametrize(("key", "livemode"), [(KEY, True), (LIVE_KEY, False)])
def test_money_that_is_real_elsewhere_is_not_ours(key, livemode, caplog):
    account = Stripe(secret_key=key, webhook_secrets=(WEBHOOK_SECRET,))

    with caplog.at_level(logging.WARNING):
        news = heard(event(livemode=livemode), by=account)

    assert (news.id, news.reference) == ("evt_1", "")
    assert "evt_1" in caplog.text
