"""What orders tells users about somebody, and how it forgets them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.orders.models import (
    Fulfillment,
    IdempotencyRecord,
    KnownAnswer,
    Mail,
    Operation,
    Order,
    PaymentAttempt,
    RefundRequest,
    RetainedContact,
)
from apps.orders.services.erasing import end_retention, forget, obstacle, tell
from chassis.callers import Caller
from chassis.identifiers import new_id
from tests.orders.conftest import ADDRESS, client_of, person
from tests.orders.stand_ins import envelope

pytestmark = pytest.mark.django_db
EMAIL, NOTE = "zelda@example.com", "ring at Whisper's door"
ZELDA = {**ADDRESS, "recipient": "Zelda Quietly", "line1": "7 Whisper Lane", "phone": "+4712345678"}
HERS = (EMAIL, NOTE, "Zelda Quietly", "7 Whisper Lane", "+4712345678", "I am Zelda")


@pytest.fixture
def zelda_id():
    return new_id("usr")


@pytest.fixture
def zelda(zelda_id):
    return client_of(Caller(id=zelda_id, kind="user", email=EMAIL))


@pytest.fixture
def bought(placed, product, zelda):
    """An order of hers, with all that people write."""
    return lambda: placed((product, 1), by=zelda, shipping_address=ZELDA, customer_note=NOTE)


@pytest.fixture
def cancelled(bought, zelda):
    order = bought()
    zelda.command(f"/v1/orders/{order['id']}/cancel", {"reason": "I am Zelda"}, key="cancel")
    return order


def written(*models):
    return "\n".join(str(list(model.objects.values())) for model in models)


def test_her_orders_are_told_with_lines_and_refunds(bought, zelda_id, cancelled):
    part = tell(zelda_id, "")

    (order,) = part.data
    assert (order["email"], order["shipping_address"]["line1"], part.next) == (EMAIL, "7 Whisper Lane", None)
    assert (order["lines"][0]["name"], order["refunds"]) == ("A mug", [])


def test_a_long_history_is_told_in_parts(bought, zelda_id, monkeypatch):
    monkeypatch.setattr("apps.orders.services.erasing.ITEMS_A_PART", 2)
    placed = [bought()["id"] for _ in range(5)]

    told, after = [], ""
    while after is not None:
        part = tell(zelda_id, after)
        told, after = [*told, *(order["id"] for order in part.data)], part.next

    assert told == placed


def test_orders_of_others_are_not_told(bought, zelda_id):
    bought()

    assert tell(new_id("usr"), "").data == []


def test_what_is_not_over_is_in_the_way(bought, zelda_id, zelda, paid, cancelled):
    assert obstacle(zelda_id) == ""

    waiting = bought()
    assert obstacle(zelda_id) == "open_orders"
    paid(waiting, by=zelda)
    assert Order.objects.get(pk=waiting["id"]).status == "confirmed"
    assert obstacle(zelda_id) == "open_orders"
    assert obstacle(new_id("usr")) == ""


def test_money_on_its_way_is_in_the_way(bought, zelda_id, zelda, paid, payments, tell):
    order = paid(bought(), by=zelda)

    zelda.command(f"/v1/orders/{order['id']}/cancel", {})
    before = obstacle(zelda_id)
    tell(payments.refunded(*payments.refunds.values()))

    assert (before, obstacle(zelda_id)) == ("open_orders", "")


def test_a_payment_that_may_still_come_is_in_the_way(bought, zelda_id, zelda, payments):
    order = bought()
    zelda.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = "down"
    zelda.command(f"/v1/orders/{order['id']}/cancel", {})

    assert PaymentAttempt.objects.get().status == "cancelling"
    assert obstacle(zelda_id) == "open_orders"


def test_nothing_of_her_stays_in_any_table(cancelled, zelda_id):
    assert any(word in written(Order) for word in HERS)

    assert forget(zelda_id) is None

    order = Order.objects.get()
    assert not [word for word in HERS if word in written(Order, Operation, Mail, KnownAnswer, RefundRequest)]
    assert (order.email, order.customer_id) == (f"erased+{zelda_id}@invalid", zelda_id)
    assert (order.total, order.lines.get().name) == (1000, "A mug")
    assert not IdempotencyRecord.objects.filter(about=order.id).exists()
    assert not Mail.objects.waiting().exists()


def test_an_answer_to_staff_about_her_order_is_forgotten_and_one_about_another_is_not(
    bought, placed, product, support, zelda_id
):
    for order in (bought(), placed((product, 1))):
        support.command(f"/v1/orders/{order['id']}/cancel", {}, key=f"cancel-{order['id']}")
    hers, others = Order.objects.order_by("pk")

    forget(zelda_id)

    assert not IdempotencyRecord.objects.filter(about=hers.pk).exists()
    assert IdempotencyRecord.objects.filter(about=others.pk).count() == 2


def test_a_table_that_staff_exported_goes_if_she_is_in_it(
    cancelled, placed, product, customer, support, work, zelda_id
):
    placed((product, 1))
    of_all = support.command("/v2/orders/exports", {}).json()["id"]
    of_another = customer.command("/v2/orders/exports", {}).json()["id"]
    work()

    forget(zelda_id)

    assert [*Operation.objects.values_list("pk", flat=True)] == [of_another]
    assert of_all != of_another


def test_an_order_of_a_guest_that_she_made_hers_goes_with_hers(placed, product, guest, zelda, zelda_id):
    order = placed((product, 1), by=guest, email=EMAIL, shipping_address=ZELDA, customer_note=NOTE)
    guest.command(f"/v1/orders/{order['id']}/cancel", {}, **{"X-Order-Token": order["guest_token"]})
    claimed = zelda.command(f"/v1/orders/{order['id']}/claim", {}, **{"X-Order-Token": order["guest_token"]})
    assert claimed.status_code == 200, claimed.json()

    forget(zelda_id)

    assert not [word for word in HERS if word in written(Order)]
    assert not IdempotencyRecord.objects.filter(about=order["id"]).exists()
    assert guest.get(f"/v1/orders/{order['id']}", headers={"X-Order-Token": order["guest_token"]}).status_code == 404


def test_payments_is_told_of_what_she_paid_as_a_guest_and_of_nothing_else(
    placed, product, guest, zelda, zelda_id, paid, announced, bought
):
    order = placed((product, 1), by=guest, email=EMAIL, shipping_address=ZELDA)
    opened_by = {"X-Order-Token": order["guest_token"]}
    paid(order, by=guest, **opened_by)
    zelda.command(f"/v1/orders/{order['id']}/claim", {}, **opened_by)
    own = paid(bought(), by=zelda)

    forget(zelda_id)
    forget(zelda_id)

    assert announced(order["id"]).count("order.forgotten") == 1
    assert "order.forgotten" not in announced(own["id"])


def test_where_her_parcel_went_goes_and_who_carried_it_stays(bought, zelda, zelda_id, paid, staff):
    order = paid(bought(), by=zelda)
    sent = {"carrier": "Post", "tracking_number": "Z-1", "tracking_url": "https://post.example/Z-1"}
    Fulfillment.objects.create(order_id=order["id"], status="shipped", **sent)

    forget(zelda_id)

    assert Fulfillment.objects.values_list("carrier", "tracking_number", "tracking_url").get() == ("Post", "", "")


def test_money_that_comes_when_she_is_erased_goes_back(bought, zelda, zelda_id, payments, tell, later, work):
    order = bought()
    zelda.command(f"/v1/orders/{order['id']}/pay")
    with later(hours=1):
        work()
    assert Order.objects.get().status == "expired"
    forget(zelda_id)

    tell(payments.succeeded(order["id"]))

    assert Order.objects.get().status == "expired"
    assert RefundRequest.objects.get().amount == 1000


def test_letters_to_her_that_wait_are_not_sent(cancelled, zelda_id, work, mailoutbox):
    assert Mail.objects.waiting().count() == 2

    forget(zelda_id)
    work()

    assert mailoutbox == []


def test_forgetting_twice_is_forgetting_once(cancelled, zelda_id):
    forget(zelda_id)
    once = Order.objects.get()

    forget(zelda_id)

    assert Order.objects.get().version == once.version


def test_what_came_in_meanwhile_goes_when_it_is_told_that_she_is_erased(cancelled, bought, zelda_id, tell):
    forget(zelda_id)
    late = bought()
    assert EMAIL in written(Order)

    tell(envelope("user.erased", {"user_id": zelda_id}, source="users"))

    assert not [word for word in HERS if word in written(Order)]
    assert Order.objects.get(pk=late["id"]).email == f"erased+{zelda_id}@invalid"


@pytest.fixture
def retained(bought, zelda, paid, payments, tell, settings, zelda_id):
    """An order that was paid and given back, of somebody who is then erased; its invoice is kept for ten days."""
    order = paid(bought(), by=zelda)
    zelda.command(f"/v1/orders/{order['id']}/cancel", {})
    tell(payments.refunded(*payments.refunds.values()))
    settings.ORDER_RETENTION_DAYS = 10
    return order, forget(zelda_id)


def test_what_an_invoice_needs_is_kept_apart_as_long_as_a_law_wants_it(retained, support):
    order, until = retained

    shown = support.get(f"/v1/orders/{order['id']}").json()
    assert timedelta(days=9) < until - timezone.now() <= timedelta(days=10)
    assert EMAIL not in str(shown)
    assert support.get(f"/v1/orders?email={EMAIL}").json()["data"] == []
    assert NOTE not in written(Order, RetainedContact)


def test_who_keeps_the_books_can_read_it_and_other_staff_cannot(retained, support):
    order, _ = retained
    path = f"/v1/orders/{order['id']}/retained-contact"
    bookkeeper = person("pii:read", "books@example.com")

    kept = bookkeeper.get(path).json()

    assert (kept["order_id"], kept["email"]) == (order["id"], EMAIL)
    assert kept["shipping_address"]["line1"] == "7 Whisper Lane"
    assert support.get(path).status_code == 403
    assert bookkeeper.get(f"/v1/orders/{new_id('ord')}/retained-contact").status_code == 404


def test_when_the_law_wants_it_no_longer_it_goes(retained, later):
    assert end_retention("worker") == 0

    with later(days=11):
        assert end_retention("worker") == 1

    assert not [word for word in HERS if word in written(Order, RetainedContact)]


def test_what_was_never_paid_has_no_invoice(cancelled, zelda_id, settings):
    settings.ORDER_RETENTION_DAYS = 10

    assert forget(zelda_id) is None
    assert not RetainedContact.objects.exists()


def test_to_forget_her_again_keeps_what_is_kept(retained, zelda_id):
    _, until = retained

    assert forget(zelda_id) == until
    assert RetainedContact.objects.get().email == EMAIL
