"""Every reason orders says no."""

from chassis.problems import Problem


class SkuTaken(Problem):
    status = 409
    title = "Another product has this SKU"


class StockBelowReserved(Problem):
    status = 409
    title = "Orders hold more than would be left"


class PlacedByGuest(Problem):
    status = 404
    title = "The order was placed without an account"


class InsufficientStock(Problem):
    status = 409
    title = "There is not enough in stock"


class OrderNotPayable(Problem):
    status = 409
    title = "The order cannot be paid"


class NothingToRefund(Problem):
    status = 409
    title = "Nothing is left to refund"


class ProductUnavailable(Problem):
    status = 422
    title = "A product is not for sale"


class QuantityLimit(Problem):
    status = 422
    title = "An order may not have so many of a product"


class CurrencyNotSupported(Problem):
    status = 422
    title = "A product has no price in this currency"


class ShippingNotAvailable(Problem):
    status = 422
    title = "We do not ship to this country"


class TotalMismatch(Problem):
    status = 422
    title = "The total is not what you expected"


class RefundExceedsPaid(Problem):
    status = 422
    title = "More would be refunded than was paid"


class QuantityExceedsOrdered(Problem):
    status = 422
    title = "More would be sent than is left to send"


class CurrencyMismatch(Problem):
    status = 422
    title = "The order has another currency"
