"""Which format an answer has (RFC 9110, section 12.5.1): the one that the client likes best of those on offer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from chassis.problems import MEDIA_TYPE, NotAcceptable

JSON = "application/json"
UNDEMANDING = {"", "*/*", JSON}
_TYPE = re.compile(r"(\*|[^\s/;*]+)/(\*|[^\s/;*]+)")
_QUALITY = re.compile(r"0?(\.[0-9]{0,3})?|1(\.0{0,3})?")

Choice = tuple[BaseRenderer, str]


class Negotiation(DefaultContentNegotiation):
    """DRF's negotiation, with the qualities that clients give, and without its format suffixes.

    Among formats that a client likes equally the view's first one wins. Parameters of a media type are not compared.
    Whoever accepts problems can be answered: a success is JSON then.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Choice:
        known = list(renderers)
        if request.META.get("HTTP_ACCEPT", "") in UNDEMANDING and known[0].media_type == JSON:
            return known[0], JSON
        on_offer = offered(known, request.parser_context["view"], str(request.method))
        return _best(on_offer, _qualities(self.get_accept_list(request)))


def offered(renderers: Iterable[BaseRenderer], view: Any, method: str) -> list[BaseRenderer]:
    """Those that can write what the view answers to this method; a format that suits only some views says so."""
    return [renderer for renderer in renderers if not hasattr(renderer, "suits") or renderer.suits(view, method)]


def media_types(renderers: Iterable[BaseRenderer]) -> list[str]:
    """What the formats are called, without parameters."""
    return [_name(renderer) for renderer in renderers]


def _best(renderers: Sequence[BaseRenderer], qualities: Mapping[str, float]) -> Choice:
    best = max(renderers, key=lambda renderer: _quality(renderer, qualities))
    if _quality(best, qualities):
        return best, _name(best)
    if qualities.get(MEDIA_TYPE) and qualities.get(JSON, 1):
        return renderers[0], _name(renderers[0])
    raise NotAcceptable("Accept one of those that are available", available=media_types(renderers))


def _quality(renderer: BaseRenderer, qualities: Mapping[str, float]) -> float:
    """What the most specific range says that matches. A page is for those who ask for pages, not for anything."""
    name = _name(renderer)
    ranges = [name, f"{name.partition('/')[0]}/*", *([] if renderer.format == "api" else ["*/*"])]
    return next((qualities[each] for each in ranges if each in qualities), 0)


def _qualities(accepted: Iterable[str]) -> dict[str, float]:
    """Each range with its quality; what is no range is as if it were not there."""
    found: dict[str, float] = {}
    for one in accepted:
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        quality = next((value[2:].strip() for value in parameters if value.startswith("q=")), "1")
        if _TYPE.fullmatch(name) and quality and _QUALITY.fullmatch(quality):
            found[name] = max(found.get(name, 0), float(f"0{quality}" if quality.startswith(".") else quality))
    return found


def _name(renderer: BaseRenderer) -> str:
    return renderer.media_type.partition(";")[0]
