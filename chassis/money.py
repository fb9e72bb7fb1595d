"""Money as people read it; programs count in minor units."""

NO_DECIMALS = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"),
    *("XAF", "XOF", "XPF"),
}
THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def decimals(currency: str) -> int:
    """How many digits of an amount stand behind the point (ISO 4217)."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def as_text(amount: int, currency: str) -> str:
    """`1,234.50 GBP` for 123450."""
    places = decimals(currency)
    whole, part = divmod(abs(amount), 10**places)
    point = f".{part:0{places}}" if places else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{point} {currency}".rstrip()
