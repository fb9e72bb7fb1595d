"""Which amounts Stripe takes, written down here a second time so that a mistake in ours is noticed."""

from tests.stripe.refusals import wrong_parameter

MINIMUM = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "jpy": 50,
    "chf": 50,
    "dkk": 250,
    "sek": 300,
    "huf": 17500,
    "czk": 1500,
    "mxn": 1000,
}
WHOLE_HUNDREDS = {"isk", "ugx"}
WHOLE_TENS = {"bhd", "jod", "kwd", "omr", "tnd"}
UNKNOWN = {"iqd", "lyd", "clf", "uyw", "uyi", "xau", "irr", "kpw", "syp", "cup"}
DIGITS = {"idr": 12, "inr": 9, "jpy": 10, "huf": 10, "cop": 10, "lbp": 11}


def require_amount(amount, currency):
    """An amount that a payment may have."""
    if currency in UNKNOWN or len(currency) != 3 or not currency.islower():
        raise wrong_parameter("currency", f"Invalid currency: {currency}.", code="parameter_invalid_string_empty")
    if amount < MINIMUM.get(currency, 1):
        message = "Amount must convert to at least 50 cents."
        raise wrong_parameter("amount", message, code="amount_too_small")
    if amount >= 10 ** DIGITS.get(currency, 8):
        raise wrong_parameter("amount", "Amount must be no more than the maximum.", code="amount_too_large")
    require_step(amount, currency)


def require_step(amount, currency):
    step = 100 if currency in WHOLE_HUNDREDS else 10 if currency in WHOLE_TENS else 1
    if amount % step:
        raise wrong_parameter("amount", f"Invalid {currency} amount: it goes in steps of {step}.")
