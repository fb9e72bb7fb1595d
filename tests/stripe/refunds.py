"""Refunds of what was captured."""

from tests.stripe.currencies import require_step
from tests.stripe.events import tell
from tests.stripe.intents import find as find_intent
from tests.stripe.methods import METHODS
from tests.stripe.refusals import Refusal, missing, unknown_parameters
from tests.stripe.stores import new_id

PARAMETERS = {"payment_intent", "amount", "metadata", "reason"}
FAILURE = "expired_or_canceled_card"
LATER_SECONDS = 24 * 3600


def create(store, wanted):
    if wanted.keys() - PARAMETERS:
        raise unknown_parameters(wanted.keys() - PARAMETERS)
    intent = find_intent(store, wanted.get("payment_intent", ""))
    if not intent["amount_received"]:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise Refusal(400, message, is_kept=True)
    charge = store.get(intent["latest_charge"])
    amount = int(wanted.get("amount", left(charge)))
    _require_left(amount, charge)
    return _give_back(store, charge, amount, wanted)


def find(store, id):
    found = store.get(id)
    if not found or found["object"] != "refund":
        raise missing("refund", id)
    return found


def settle(store, refund, status=""):
    """What a bank decides later: as the payment method says, or as given."""
    method = METHODS[find_intent(store, refund["payment_intent"])["_method"]]
    status = status or ("failed" if method.get("refund") == "fails_later" else "succeeded")
    refund |= {"status": status, "_settles_at": None, "pending_reason": None}
    if status == "failed":
        refund |= {"failure_reason": FAILURE}
        charge = store.get(refund["charge"])
        store.put(charge | {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False})
        tell(store, "refund.failed", refund)
    tell(store, "refund.updated", refund)
    return store.put(refund)


def left(charge):
    return charge["amount_captured"] - charge["amount_refunded"]


def _require_left(amount, charge):
    if not left(charge):
        message = f"Charge {charge['id']} has already been refunded."
        raise Refusal(400, message, code="charge_already_refunded", is_kept=True)
    if not 0 < amount <= left(charge):
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left(charge)})"
        raise Refusal(400, message, param="amount", is_kept=True)
    require_step(amount, charge["currency"])


def _give_back(store, charge, amount, wanted):
    method = METHODS[find_intent(store, charge["payment_intent"])["_method"]]
    is_pending = method.get("refund") == "pending"
    refund = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": charge["id"],
        "created": store.now(),
        "currency": charge["currency"],
        "failure_reason": None,
        "livemode": charge["livemode"],
        "metadata": wanted.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if is_pending else None,
        "reason": wanted.get("reason"),
        "status": "pending" if is_pending else "succeeded",
        "_settles_at": store.now() + LATER_SECONDS if method.get("refund") else None,
    }
    charge |= {"amount_refunded": charge["amount_refunded"] + amount}
    store.put(charge | {"refunded": not left(charge)})
    tell(store, "refund.created", refund)
    tell(store, "charge.refunded", charge)
    return store.put(refund)
