"""PaymentIntents and their charges."""

from tests.stripe.currencies import require_amount, require_step
from tests.stripe.events import tell
from tests.stripe.methods import METHODS, UNAUTHENTICATED
from tests.stripe.refusals import declined, missing, unexpected_state, unknown_parameters, wrong_parameter
from tests.stripe.stores import new_id, shown

PARAMETERS = {
    *("amount", "currency", "capture_method", "metadata", "description", "customer", "receipt_email"),
    *("automatic_payment_methods", "payment_method_types"),
}
AUTHORIZED_SECONDS = 7 * 24 * 3600
CONFIRMABLE = {"requires_payment_method", "requires_confirmation"}
CANCELLABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}


def create(store, wanted, *, livemode):
    if wanted.keys() - PARAMETERS:
        raise unknown_parameters(wanted.keys() - PARAMETERS)
    amount, currency = _integer(wanted, "amount"), wanted.get("currency", "")
    require_amount(amount, currency)
    if wanted.get("capture_method", "automatic_async") not in {"automatic", "automatic_async", "manual"}:
        raise wrong_parameter("capture_method", "Invalid capture_method", code="parameter_invalid_string")
    id = new_id("pi")
    intent = {
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": wanted.get("capture_method", "automatic_async"),
        "client_secret": f"{id}_secret_{new_id('x')[2:]}",
        "confirmation_method": "automatic",
        "created": store.now(),
        "currency": currency,
        "customer": wanted.get("customer"),
        "description": wanted.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": livemode,
        "metadata": wanted.get("metadata") or {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "us_bank_account"],
        "processing": None,
        "status": "requires_payment_method",
    }
    tell(store, "payment_intent.created", intent)
    return store.put(intent)


def find(store, id):
    found = store.get(id)
    if not found or found["object"] != "payment_intent":
        raise missing("payment_intent", id)
    return found


def confirm(store, id, wanted):
    """What Stripe's script does in the payer's browser."""
    intent = find(store, id)
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(shown(intent), "confirm")
    method = METHODS.get(wanted.get("payment_method", ""))
    if method is None:
        raise missing("PaymentMethod", wanted.get("payment_method"))
    intent |= {"payment_method": new_id("pm"), "_method": wanted["payment_method"], "last_payment_error": None}
    if method.get("asks_payer"):
        url = f"https://hooks.stripe.example/3d_secure/{id}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": wanted.get("return_url")}}
        intent |= {"status": "requires_action", "next_action": action}
        tell(store, "payment_intent.requires_action", intent)
        return store.put(intent)
    return _charge(store, intent, method)


def authenticate(store, id, *, success):
    """The payer has answered the bank, or failed to. A failure is no charge."""
    intent = find(store, id)
    if intent["status"] != "requires_action":
        raise unexpected_state(shown(intent), "authenticate")
    intent["next_action"] = None
    if success:
        return _charge(store, intent, METHODS[intent["_method"]])
    return _fail(store, intent, UNAUTHENTICATED)


def capture(store, id, wanted):
    intent = find(store, id)
    if intent["status"] != "requires_capture":
        raise unexpected_state(shown(intent), "capture")
    amount = _integer(wanted, "amount_to_capture") if "amount_to_capture" in wanted else intent["amount_capturable"]
    require_step(amount, intent["currency"])
    if not 0 < amount <= intent["amount_capturable"]:
        message = "The amount to capture is more than what can be captured."
        raise wrong_parameter("amount_to_capture", message, code="amount_too_large")
    charge = store.get(intent["latest_charge"])
    store.put(charge | {"captured": True, "amount_captured": amount})
    return _succeed(store, intent | {"amount_capturable": 0}, amount)


def cancel(store, id, wanted):
    intent = find(store, id)
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state(shown(intent), "cancel")
    return _end(store, intent, wanted.get("cancellation_reason"))


def settle(store, intent):
    """What time alone brings: a bank's answer, or the end of an authorization."""
    if intent["status"] == "requires_capture":
        return _end(store, intent, "automatic")
    charge, reason = store.get(intent["latest_charge"]), METHODS[intent["_method"]].get("failure")
    if reason:
        store.put(charge | {"status": "failed", "failure_code": reason["code"], "failure_message": reason["message"]})
        return _fail(store, intent, reason)
    store.put(charge | {"status": "succeeded", "paid": True, "captured": True, "amount_captured": intent["amount"]})
    return _succeed(store, intent, intent["amount"])


def _charge(store, intent, method):
    """One try. A card is answered for at once, a bank account days later."""
    reason, is_manual = method.get("failure"), intent["capture_method"] == "manual"
    charge = _new_charge(store, intent, method)
    intent |= {"latest_charge": charge["id"]}
    if not method["is_immediate"]:
        intent |= {"status": "processing", "_settles_at": store.now() + method["settles_after"]}
        tell(store, "payment_intent.processing", intent)
        store.put(charge)
        return store.put(intent)
    if reason:
        store.put(charge | {"status": "failed", "failure_code": reason["code"], "failure_message": reason["message"]})
        failed = _fail(store, intent, reason)
        raise declined(reason, shown(failed), charge["id"])
    taken = 0 if is_manual else intent["amount"]
    store.put(charge | {"status": "succeeded", "paid": True, "captured": not is_manual, "amount_captured": taken})
    if not is_manual:
        return _succeed(store, intent, taken)
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    intent |= {"_settles_at": store.now() + AUTHORIZED_SECONDS}
    tell(store, "payment_intent.amount_capturable_updated", intent)
    return store.put(intent)


def _new_charge(store, intent, method):
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "captured": False,
        "created": store.now(),
        "currency": intent["currency"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": intent["livemode"],
        "metadata": {},
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method["details"],
        "refunded": False,
        "status": "pending",
    }


def _succeed(store, intent, amount):
    intent |= {"status": "succeeded", "amount_received": amount, "next_action": None, "_settles_at": None}
    tell(store, "payment_intent.succeeded", intent)
    return store.put(intent)


def _fail(store, intent, reason):
    """Open again for another try."""
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None, "_settles_at": None}
    intent |= {"last_payment_error": {**reason, "charge": intent["latest_charge"]}}
    tell(store, "payment_intent.payment_failed", intent)
    return store.put(intent)


def _end(store, intent, reason):
    intent |= {"status": "canceled", "canceled_at": store.now(), "cancellation_reason": reason, "next_action": None}
    intent |= {"amount_capturable": 0, "_settles_at": None}
    tell(store, "payment_intent.canceled", intent)
    return store.put(intent)


def _integer(wanted, name):
    try:
        return int(wanted[name])
    except KeyError:
        raise wrong_parameter(name, f"Missing required param: {name}.", code="parameter_missing") from None
    except (TypeError, ValueError):
        raise wrong_parameter(name, f"Invalid integer: {wanted[name]}") from None
