"""The payment methods that Stripe documents for tests, and what becomes of a payment with each.

https://docs.stripe.com/testing
"""

DAY = 24 * 3600


def failure(code, decline_code, message):
    return {"type": "card_error", "code": code, "decline_code": decline_code, "message": message}


def card(brand="visa", last4="4242", **outcome):
    details = {"type": "card", "card": {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034}}
    return {"details": details, "is_immediate": True, **outcome}


def bank(**outcome):
    details = {"type": "us_bank_account", "us_bank_account": {"bank_name": "STRIPE TEST BANK", "last4": "6789"}}
    return {"details": details, "is_immediate": False, "settles_after": 4 * DAY, **outcome}


DECLINED = failure("card_declined", "generic_decline", "Your card was declined.")
LOST = failure("card_declined", "lost_card", "Your card was declined.")
POOR = failure("card_declined", "insufficient_funds", "Your card has insufficient funds.")
EXPIRED = failure("expired_card", "expired_card", "Your card has expired.")
EMPTY = failure("payment_intent_payment_attempt_failed", None, "The account has insufficient funds.")
UNAUTHENTICATED = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": "We are unable to authenticate your payment method. Please choose another one and try again.",
}

METHODS = {
    "pm_card_visa": card(),
    "pm_card_mastercard": card("mastercard", "4444"),
    "pm_card_chargeDeclined": card(last4="0002", failure=DECLINED),
    "pm_card_visa_chargeDeclinedInsufficientFunds": card(last4="9995", failure=POOR),
    "pm_card_visa_chargeDeclinedLostCard": card(last4="9987", failure=LOST),
    "pm_card_chargeDeclinedExpiredCard": card(last4="0069", failure=EXPIRED),
    "pm_card_authenticationRequired": card(last4="3184", asks_payer=True),
    "pm_card_pendingRefund": card(last4="7726", refund="pending"),
    "pm_card_refundFail": card(last4="5126", refund="fails_later"),
    "pm_usBankAccount_success": bank(),
    "pm_usBankAccount_insufficientFunds": bank(failure=EMPTY),
}
