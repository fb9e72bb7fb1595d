"""Every reason payments says no, besides those that all services share."""

from chassis.problems import AmountBelowMinimum, CurrencyNotCollected, Problem

__all__ = [
    "AmountBelowMinimum",
    "CaptureExceedsAuthorized",
    "CurrencyNotCollected",
    "InvalidSignature",
    "PaymentDeclined",
    "PaymentMismatch",
    "ProviderUnavailable",
    "RefundExceedsCaptured",
    "RefundMismatch",
    "UnknownProvider",
]


class PaymentDeclined(Problem):
    status = 402
    title = "The payment was declined"


class PaymentMismatch(Problem):
    status = 422
    title = "This attempt of the order is another payment"


class UnknownProvider(Problem):
    status = 422
    title = "No provider of this name collects payments here"


class CaptureExceedsAuthorized(Problem):
    status = 422
    title = "More than what was authorized cannot be captured"


class InvalidSignature(Problem):
    status = 400
    title = "The webhook is not signed by its provider"


class RefundMismatch(Problem):
    status = 422
    title = "This refund request is another refund"


class RefundExceedsCaptured(Problem):
    status = 422
    title = "More than what is left of the payment cannot be refunded"


class ProviderUnavailable(Problem):
    """The provider was not reached or did not answer; with `outcome_unknown` it may have done what was asked."""

    status = 503
    title = "The payment provider does not answer"

    def __init__(self, *, outcome_unknown: bool) -> None:
        headers = {"Retry-After": "2"}
        super().__init__("Ask again in a moment", headers=headers, outcome_unknown=outcome_unknown)
        self.outcome_unknown = outcome_unknown
