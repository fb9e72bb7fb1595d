"""Whoever asks the same of a shop over the network and of the one in these tests."""

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from apps.users.services.accounts import ensure_account
from tests.journeys.visitors import ADDRESS, ask
from tests.postgres.extremes import Question
from tests.topologies.templates import ADMIN


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict

    @property
    def said(self):
        """What the same question is answered with on every database."""
        return self.status, self.body.get("code")


class Asker:
    """An admin, with a product, an order of it and its payment. Subclasses say how a request travels."""

    def __init__(self):
        self.token = ""
        email, password = ADMIN
        grant = self.ask("post", "/v1/tokens", {"email": email, "password": password}).body
        self.token, self.refresh_token = grant["access_token"], grant["refresh_token"]
        self.product = self.new_product()
        lines = [{"product_id": self.product, "quantity": 2}]
        order = {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS}
        self.order = self.ask("post", "/v1/orders", order).body["id"]
        self.payment = self.ask("post", f"/v1/orders/{self.order}/pay", {}).body["payment"]["id"]
        self.operation = self.ask("post", "/v1/orders/exports", {}).body["id"]

    def new_product(self, quantity=1000) -> str:
        prices = [{"currency": "GBP", "amount": 1000}]
        product = self.ask("post", "/v1/products", {"sku": uuid4().hex, "name": "A mug", "prices": prices}).body["id"]
        self.ask("post", f"/v1/products/{product}/stock-movements", {"delta": quantity, "reason": "receipt"})
        return product

    def of(self, question: Question) -> Answer:
        known = {"id": self._subject(question.address), "payment_id": self.payment}
        parameters = {**known, "user_id": "me", "refund_id": "ref_x", **question.parameters}
        path = re.sub(r"{(\w+)}", lambda found: parameters[found[1]], question.address)
        address = f"{path}?{question.query}" if question.query else path
        return self.ask(question.method, address, question.body, question.headers)

    def _subject(self, address) -> str:
        subjects = {"/products/": self.product, "/operations/": self.operation}
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
