"""What a program does: registers, is led to consent, exchanges codes and tokens."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from rest_framework.test import APIClient

from apps.users.models import RegisteredClient
from apps.users.services.clients import register_client

CALLBACK = "https://app.example/callback"
FORM = "application/x-www-form-urlencoded"
EVERYTHING = frozenset({"orders:read", "orders:cancel", "users:read", "stock:read", "users:admin"})


def program(*scopes, name="Bookkeeper", **more):
    """A program that asks for itself, and its secret."""
    wanted = {"grant": RegisteredClient.GRANT_CLIENT_CREDENTIALS, "redirect_uris": [], "is_public": False}
    return register_client(name=name, scopes=scopes, held=EVERYTHING, **{**wanted, **more})


def app(*scopes, redirect_uris=(CALLBACK,), is_public=True, name="Pocket shop"):
    """A program that people allow to ask for them."""
    grant = RegisteredClient.GRANT_AUTHORIZATION_CODE
    return program(*scopes, grant=grant, redirect_uris=list(redirect_uris), is_public=is_public, name=name)[0]


def basic(client_id, secret):
    encoded = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {encoded}"}


def post(api, path, fields, **headers):
    return api.post(path, urlencode(fields), content_type=FORM, **headers)


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


class App:
    """A public program on somebody's device, with PKCE."""

    def __init__(self, api, client, verifier=""):
        self.api, self.client, self.verifier = api, client, verifier or secrets.token_urlsafe(32)

    @property
    def challenge(self):
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def address(self, **changes):
        wanted = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": CALLBACK,
            "state": "xyz",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return f"/oauth/authorize?{urlencode({name: value for name, value in wanted.items() if value is not None})}"

    def allowed_by(self, browser, **wanted):
        """The code that the browser brings back."""
        return answer_of(self.decided_by(browser, "allow", **wanted))["code"]

    def decided_by(self, browser, decision, **wanted):
        address = self.address(**wanted)
        browser.get(address)
        return browser.post(address, {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "decision": decision})

    def decided_by_post(self, browser, **wanted):
        """Without having looked at the page, with a form of ours."""
        browser.get("/session")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "decision": "allow"}
        return browser.post(self.address(**wanted), form)

    def redeem(self, code, **changes):
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": self.client.client_id,
            "code_verifier": self.verifier,
            **changes,
        }
        return post(self.api, "/oauth/token", {name: value for name, value in fields.items() if value is not None})

    def refresh(self, refresh_token, **more):
        asked = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": self.client.client_id}
        return post(self.api, "/oauth/token", {**asked, **more})


def answer_of(response):
    """What the program hears at its address."""
    assert response.status_code == 303, response.content
    parts = urlsplit(response["Location"])
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def signed_in_by_page(browser, email, password):
    browser.get("/session")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "email": email, "password": password}
    browser.post("/session", form)
    return browser


def bearing(token, scheme="Bearer"):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {token}")
    return client
