"""Whoever asks the same of a shop over the network and of the one in these tests."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from apps.users.services.accounts import ensure_account
from chassis.topology import SERVICES
from deploy.processes import wait_until
from tests.journeys.visitors import ADDRESS, ask
from tests.postgres.extremes import Question
from tests.topologies.letters import letters_to, token_in
from tests.topologies.templates import ADMIN

API_KEY = {"name": "A key", "scopes": ["own:read"]}
# Nobody is there.
RECEIVER = {"url": "http://127.0.0.1:9/hooks", "events": ["*"]}
PROGRAM = {"name": "A program", "grant": "client_credentials", "scopes": ["orders:read"]}


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict

    @property
    def said(self):
        """What the same question is answered with on every database."""
        return self.status, self.body.get("code")


class Asker:
    """An admin with an address, a product, an order and its payment; and somebody. Subclasses say how it is asked."""

    def __init__(self):
        self.token = ""
        email, password = ADMIN
        grant = self.ask("post", "/v1/tokens", {"email": email, "password": password}).body
        self.token, self.refresh_token = grant["access_token"], grant["refresh_token"]
        self.product = self.new_product()
        lines = [{"product_id": self.product, "quantity": 2}]
        order = {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS}
        placed = self.ask("post", "/v1/orders", order).body
        self.order, self.line = placed["id"], placed["lines"][0]["id"]
        self.payment = self.ask("post", f"/v1/orders/{self.order}/pay", {}).body["payment"]["id"]
        self.operation = self.ask("post", "/v1/orders/exports", {}).body["id"]
        self.address = self.ask("post", "/v1/users/me/addresses", ADDRESS).body["id"]
        self.person = self.new_person(f"{uuid4().hex}@example.com")
        self.api_key = self.ask("post", "/v1/users/me/api-keys", API_KEY).body["id"]
        self.program = self.ask("post", "/v1/clients", PROGRAM).body["id"]
        self.receivers = {service: self._made(service, "webhook-endpoints", RECEIVER) for service in SERVICES}
        self.messages = {
            service: self._made(service, f"webhook-endpoints/{receiver}/test", {})
            for service, receiver in self.receivers.items()
        }

    def new_product(self, quantity=1000) -> str:
        prices = [{"currency": "GBP", "amount": 1000}]
        product = self.ask("post", "/v1/products", {"sku": uuid4().hex, "name": "A mug", "prices": prices}).body["id"]
        self.ask("post", f"/v1/products/{product}/stock-movements", {"delta": quantity, "reason": "receipt"})
        return product

    def new_person(self, email) -> str:
        body = {"email": email, "password": "a long enough passphrase", "full_name": "Somebody"}
        return self.ask("post", "/v1/users", body).body["id"]

    def asked(self, method, path, body) -> Answer:
        """This body, at a path of the API documents."""
        return self.of(Question(method, path, body=body))

    def of(self, question: Question) -> Answer:
        known = {"id": self._subject(question.address), "payment_id": self.payment}
        known |= {"user_id": self.person, "address_id": self.address, "refund_id": "ref_x", "fulfillment_id": "ful_x"}
        known |= {"api_key_id": self.api_key, "client_id": self.program, "event_id": "pev_x"}
        parameters = {**known, **question.parameters}
        path = re.sub(r"{(\w+)}", lambda found: parameters[found[1]], question.address)
        address = f"{path}?{question.query}" if question.query else path
        return self.ask(question.method, address, question.body, question.headers)

    def _made(self, service, path, body) -> str:
        return self.ask("post", f"/v1/services/{service}/{path}", body).body["id"]

    def _subject(self, address) -> str:
        subjects = {"/products/": self.product, "/operations/": self.operation}
        for service in SERVICES:
            subjects[f"/services/{service}/webhook-endpoints/"] = self.receivers[service]
            subjects[f"/services/{service}/webhook-deliveries/"] = self.messages[service]
        return next((subject for part, subject in subjects.items() if part in address), self.order)

    def ask(self, method, address, body=None, headers=None) -> Answer:
        """A body that is a text is a table, any other is JSON."""
        signed_in = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        keyed = {"Idempotency-Key": uuid4().hex, "If-Match": "*", **signed_in, **(headers or {})}
        if isinstance(body, str):
            return self.send(method, address, body, {"Content-Type": "text/csv", **keyed})
        return self.send(method, address, None if body is None else json.dumps(body), keyed)


class OverTheNetwork(Asker):
    def __init__(self, shop):
        self.shop = shop
        super().__init__()

    @cached_property
    def tokens(self) -> dict[str, str]:
        """What two people were sent by letter, each for something else."""
        newcomer, forgetful = (f"{uuid4().hex}@example.com" for _ in range(2))
        for email in (newcomer, forgetful):
            self.new_person(email)
        self.ask("post", "/v1/users/forgot-password", {"email": forgetful})
        return {"verify": token_in(self._letter(newcomer, 1)), "reset": token_in(self._letter(forgetful, 2))}

    def _letter(self, email, number) -> str:
        """The first, second … letter to this address, once it is there."""

        def letter():
            return letters_to(self.shop.folder, email)[number - 1 : number]

        return wait_until(letter, what=f"letter {number} to {email}")[0]

    def send(self, method, address, content, headers):
        headers = {"Content-Type": "application/json", **headers}
        answer = ask(self.shop, method, address, data=content, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else {})


class InThisProcess(Asker):
    def __init__(self, client):
        self.client = client
        email, password = ADMIN
        ensure_account(email=email, password=password, role="admin")
        super().__init__()

    def send(self, method, address, content, headers):
        url = urlsplit(address)
        there = {"PATH_INFO": unquote(url.path, "latin-1"), "QUERY_STRING": url.query, "headers": headers}
        content_type = headers.get("Content-Type", "application/json")
        answer = self.client.generic(method.upper(), "/", content or "", content_type, **there)
        return Answer(answer.status_code, json.loads(answer.content) if answer.content else {})
