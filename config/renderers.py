"""How the home page is written for people."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chassis.pages import POLICY
from chassis.renderers import BrowsablePages
from config.accounts import DEMO_ACCOUNTS
from config.drawings import drawing
from config.maps import cartographer
from config.surveys import Finding, Survey, lookout
from config.tables import sentence_of_cost, sentences_of_split, table_of_places, table_of_split, tables_of_calls
from config.visitors import is_staff

# The map keeps itself fresh, by asking for its own page again.
OWN_SCRIPT = "script-src 'self'; connect-src 'self'"
PURPOSES = {
    "users": "Accounts, roles and signing in.",
    "orders": "The catalogue, its stock, quotes, and orders with their refunds.",
    "payments": "Payments, what is paid back, and the providers that move the money.",
}


class HomePage(BrowsablePages):
    """The way in: what the answer lists, and how each service is. A refusal looks as it does everywhere."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        if not _is_home(data):
            return super().render(data, accepted_media_type, renderer_context)
        self.template = "config/home.html"
        page = super().render(data, accepted_media_type, renderer_context)
        if is_staff(renderer_context["request"].user):
            renderer_context["response"]["Content-Security-Policy"] = f"{POLICY}; {OWN_SCRIPT}"
        return page

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context = super().get_context(data, accepted_media_type, renderer_context)
        return {**context, **_shown(data, renderer_context["request"].user)} if _is_home(data) else context


def _is_home(data: Any) -> bool:
    return "resources" in data


def _shown(home: Any, visitor: Any) -> dict[str, Any]:
    """Where things run and who calls whom is for staff; the demo accounts are for whoever develops."""
    survey = lookout.look()
    return {
        **(_map(survey) if is_staff(visitor) else {}),
        "home": home,
        "survey": survey,
        "services": [_service(finding, home) for finding in survey.services],
        "is_staff": is_staff(visitor),
        "accounts": DEMO_ACCOUNTS if settings.DEBUG else (),
    }


def _map(survey: Survey) -> dict[str, Any]:
    service_map = cartographer.look()
    return {
        "service_map": service_map,
        "drawing": drawing(survey, service_map),
        "places": table_of_places(service_map),
        "calls": tables_of_calls(service_map),
        "cost": sentence_of_cost(service_map),
        "splits": [(split, [*sentences_of_split(split)], table_of_split(split)) for split in service_map.splits],
    }


def _service(finding: Finding, home: Any) -> dict[str, Any]:
    name = finding.service
    return {
        "name": name,
        "finding": finding,
        "purpose": PURPOSES[name],
        "resources": [(urlsplit(link).path, link) for link in home["resources"][name]],
        "openapi": home["openapi"][name],
    }
