"""How the home page is written for people."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chassis.renderers import BrowsablePages
from config.accounts import DEMO_ACCOUNTS
from config.surveys import Finding, lookout
from config.visitors import is_staff

PURPOSES = {
    "users": "Accounts, roles and signing in.",
    "orders": "The catalogue, its stock, quotes, and orders with their refunds.",
    "payments": "Payments, what is paid back, and the providers that move the money.",
}


class HomePage(BrowsablePages):
    """The way in: what the answer lists, and how each service is. A refusal looks as it does everywhere."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        if _is_home(data):
            self.template = "config/home.html"
        return super().render(data, accepted_media_type, renderer_context)

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context = super().get_context(data, accepted_media_type, renderer_context)
        return {**context, **_shown(data, renderer_context["request"].user)} if _is_home(data) else context


def _is_home(data: Any) -> bool:
    return "resources" in data


def _shown(home: Any, visitor: Any) -> dict[str, Any]:
    """Where things run is for staff; the demo accounts are for whoever develops."""
    survey = lookout.survey()
    return {
        "home": home,
        "survey": survey,
        "services": [_service(finding, home) for finding in survey.services],
        "is_staff": is_staff(visitor),
        "accounts": DEMO_ACCOUNTS if settings.DEBUG else (),
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
