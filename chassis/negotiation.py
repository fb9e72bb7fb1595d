"""Which format an answer has."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation


class Negotiation(DefaultContentNegotiation):
    """DRF's negotiation, without its format suffixes."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers
