"""Amounts as people read them."""

import pytest

from chassis import money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123450, "GBP", "1,234.50 GBP"),
        (5, "EUR", "0.05 EUR"),
        (-250, "GBP", "-2.50 GBP"),
        (1200, "JPY", "1,200 JPY"),
        (1500, "KWD", "1.500 KWD"),
        (0, "GBP", "0.00 GBP"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(amount, currency, text):
    assert money.as_text(amount, currency) == text
