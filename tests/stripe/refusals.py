"""Every way in which Stripe says no, as its API words it."""


class Refusal(Exception):
    """`is_kept`: whether the key of the command remembers it. What was refused before anything began is not kept."""

    def __init__(self, status, message, *, type="invalid_request_error", is_kept=False, **members):
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        self.body = {"error": {"type": type, "message": message, **members}}


def missing(kind, id):
    return Refusal(404, f"No such {kind}: '{id}'", code="resource_missing", param="id")


def unauthorized():
    return Refusal(401, "Invalid API Key provided")


def not_permitted():
    return Refusal(403, "The provided key does not have the required permissions for this endpoint")


def wrong_parameter(name, message, code="parameter_invalid_integer"):
    return Refusal(400, message, param=name, code=code)


def unknown_parameters(names):
    named = ", ".join(sorted(names))
    return Refusal(400, f"Received unknown parameters: {named}", code="parameter_unknown", param=min(names))


def unexpected_state(intent, verb):
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return Refusal(400, message, code="payment_intent_unexpected_state", payment_intent=intent, is_kept=True)


def declined(failure, intent, charge_id):
    return Refusal(
        402,
        failure["message"],
        type="card_error",
        is_kept=True,
        charge=charge_id,
        payment_intent=intent,
        **{name: value for name, value in failure.items() if name in {"code", "decline_code"} and value},
    )


def other_parameters():
    message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
    return Refusal(400, message, type="idempotency_error")


def rate_limited():
    return Refusal(429, "Too many requests hit the API too quickly.", code="rate_limit")


def in_progress():
    message = "There is currently another in-progress request using this idempotency key."
    return Refusal(409, message, type="idempotency_error", code="idempotency_key_in_use")


def broken(*, is_kept):
    return Refusal(500, "An unknown error occurred", type="api_error", is_kept=is_kept)
