"""Amounts as Stripe counts them, which is not always as ISO 4217 does. Nothing is ever rounded.

https://docs.stripe.com/currencies, read in November 2026.
"""

from apps.payments.problems import AmountBelowMinimum, CurrencyNotCollected
from apps.payments.providers.base import Decline, Declined

# Without decimals, and yet Stripe wants two of them, which must be zeros.
WITH_TWO_ZEROS = {"ISK", "UGX"}
# With two decimals, of which Stripe knows nothing.
WITHOUT_DECIMALS = {"MGA"}
# With three decimals, of which the last must be a zero.
LAST_IS_ZERO = {"BHD", "JOD", "KWD", "OMR", "TND"}
STEPS = {**dict.fromkeys(WITHOUT_DECIMALS, 100), **dict.fromkeys(LAST_IS_ZERO, 10)}

AS_ISO_SAYS = {
    *("AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN"),
    *("BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY"),
    *("COP", "CRC", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP"),
    *("GEL", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "JMD"),
    *("JPY", "KES", "KGS", "KHR", "KMF", "KRW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD"),
    *("MDL", "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO"),
    *("NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB"),
    *("RWF", "SAR", "SBD", "SCR", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "STD", "SZL", "THB", "TJS"),
    *("TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VND", "VUV", "WST", "XAF", "XCD"),
    *("XOF", "XPF", "YER", "ZAR", "ZMW"),
}
COLLECTED = AS_ISO_SAYS | WITH_TWO_ZEROS | WITHOUT_DECIMALS | LAST_IS_ZERO
# Where Stripe says one: it depends on the currency that the shop is paid out in, so the shop may hear of a higher one.
MINIMA = {
    30: ("GBP",),
    50: ("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"),
    100: ("BGN",),
    200: ("AED", "MYR", "PLN", "RON"),
    250: ("DKK",),
    300: ("NOK", "SEK"),
    400: ("HKD",),
    1000: ("MXN", "THB"),
    1500: ("CZK",),
    17500: ("HUF",),
}
MINIMUM = {currency: minimum for minimum, currencies in MINIMA.items() for currency in currencies}


class ForeignAmount(ValueError):
    """Stripe says an amount that our minor units cannot say."""


def require_payable(amount: int, currency: str) -> None:
    """Raise AmountBelowMinimum or CurrencyNotCollected (422) for what Stripe would never take."""
    if currency not in COLLECTED:
        raise CurrencyNotCollected(f"Stripe does not collect {currency}")
    if amount % STEPS.get(currency, 1):
        raise CurrencyNotCollected(f"Stripe collects {currency} in steps of {STEPS[currency]} minor units")
    if amount < (minimum := MINIMUM.get(currency, 1)):
        raise AmountBelowMinimum(f"Stripe collects {minimum} minor units of {currency} or more")


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises Declined where Stripe cannot say that amount."""
    if amount % STEPS.get(currency, 1):
        raise Declined(Decline("amount_in_steps", "generic_decline", f"{currency} goes in steps of {STEPS[currency]}."))
    if currency in WITH_TWO_ZEROS:
        return amount * 100
    return amount // 100 if currency in WITHOUT_DECIMALS else amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units as ours. Raises ForeignAmount where there is no such amount."""
    if currency in WITHOUT_DECIMALS:
        return amount * 100
    if currency not in WITH_TWO_ZEROS:
        return amount
    if amount % 100:
        raise ForeignAmount(f"{amount} {currency} in Stripe's units is no whole amount")
    return amount // 100
