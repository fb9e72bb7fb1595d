"""A shop in memory that answers at the transport as a Tearline server would, and can be made to fail at any request."""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

STAFF = "admin@example.com"
KEYED = re.compile(r"/v2/orders(/\w+/(pay|refunds))?$|/v2/products/\w+/stock-movements$")
MOMENT = 3  # an announcement arrives as many requests later


class Refused(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status = status
        self.code = code


class StandInShop(BaseAdapter):
    """Mount it on a session; look into `orders`, `products`, `movements` and `asked` afterwards."""

    def __init__(self):
        super().__init__()
        self.people = {STAFF: "tearline-admin-demo"}
        self.products, self.orders, self.payments, self.refunds = {}, {}, {}, {}
        self.movements, self.asked, self.faults = [], [], {}
        self.token_life = 10_000
        self.unwanted, self.payments_to_miss, self.orders_to_expire = set(), 0, 0
        self.is_deaf, self.is_slow_with_money = False, False
        self._tokens, self._stored, self._news = {}, {}, []
        self._numbers = count(1)

    def send(self, request, **options):
        url = urlsplit(request.url)
        fault = self.faults.pop(len(self.asked), None)
        self.asked.append(f"{request.method} {url.path}")
        self._tick()
        if fault and fault.is_before:
            return fault.strike(request)
        answer = self._answer(request, url)
        return fault.strike(request) if fault else answer

    def close(self):
        """Nothing is held open."""

    def posts(self):
        return [line for line in self.asked if line.startswith("POST")]

    def state(self):
        """What a run leaves behind, without the ids that differ from run to run."""
        facts = "customer_note", "email", "status", "payment_status"
        orders = sorted(
            [*(order[fact] for fact in facts), order["total"]["amount"], *map(sold, order["lines"])]
            for order in self.orders.values()
            if order["status"] != "expired"
        )
        stock = {sku: (product["on_hand"], product["reserved"]) for sku, product in sorted(self.products.items())}
        paid = sum(map(is_paid, self.payments.values()))
        return orders, stock, paid, sorted(refund["amount"]["amount"] for refund in self.refunds.values())

    def expire_unpaid_orders(self):
        for order in self.orders.values():
            paid = any(payment["order_id"] == order["id"] for payment in self.payments.values() if is_paid(payment))
            if order["status"] == "pending_payment" and not paid:
                order["status"] = "expired"
                self._release(order)

    def _tick(self):
        self._news = [(left - 1, react) for left, react in self._news]
        due = [react for left, react in self._news if left <= 0]
        self._news = [(left, react) for left, react in self._news if left > 0]
        for react in due:
            react()

    def _answer(self, request, url):
        body = json.loads(request.body) if request.body else {}
        try:
            caller = self._caller(request, url.path)
            return self._once_per_key(request, url, body, caller)
        except Refused as refused:
            return reply(request, refused.status, {"code": refused.code, "title": refused.code})

    def _once_per_key(self, request, url, body, caller):
        key = request.headers.get("Idempotency-Key")
        if request.method == "POST" and KEYED.match(url.path) and not key:
            raise Refused(400, "idempotency_key_required")
        if not key:
            return reply(request, *self._route(request, url, body, caller))
        if not caller and len(key) < 22:
            raise Refused(400, "idempotency_key_invalid")
        place = (caller, url.path, key)
        if place in self._stored:
            asked, status, stored = self._stored[place]
            if asked != body:
                raise Refused(422, "idempotency_key_reused")
            return reply(request, status, json.loads(stored), {"Idempotent-Replayed": "true"})
        try:
            status, answer = self._route(request, url, body, caller)
        except Refused as refused:
            status, answer = refused.status, {"code": refused.code}
        self._stored[place] = body, status, json.dumps(answer)
        return reply(request, status, answer)

    def _caller(self, request, path):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or token.startswith("payer_"):
            return token
        email, until = self._tokens[token]
        if len(self.asked) > until:
            raise Refused(401, "token_expired")
        return email

    def _route(self, request, url, body, caller):
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, url.path)
            if found and method == request.method:
                return act(self, caller, body, *found.groups(), **self._extras(act, request, url))
        raise Refused(404, "not_found")

    def _extras(self, act, request, url):
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        wanted = {"query": query, "path": url.path, "order_token": request.headers.get("X-Order-Token", "")}
        return {name: value for name, value in wanted.items() if name in act.__code__.co_varnames}

    def _id(self, prefix):
        return f"{prefix}_{next(self._numbers):06}"

    def register(self, caller, body):
        if body["email"] in self.people:
            raise Refused(409, "email_taken")
        self.people[body["email"]] = body["password"]
        return 201, {"email": body["email"]}

    def sign_in(self, caller, body):
        if self.people.get(body["email"]) != body["password"]:
            raise Refused(401, "invalid_credentials")
        token = self._id("tok")
        self._tokens[token] = body["email"], len(self.asked) + self.token_life
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300, "refresh_token": "r"}

    def me(self, caller, body):
        return 200, {"email": caller, "roles": ["admin"] if caller == STAFF else ["customer"]}

    def list_products(self, caller, body, *, query, path):
        found = [
            self._shown(product) for product in self.products.values() if query.get("sku") in {None, product["sku"]}
        ]
        return page(found, query, path)

    def add_product(self, caller, body):
        self._staff_only(caller, unless=body["sku"] in self.unwanted)
        if body["sku"] in self.products:
            raise Refused(409, "sku_taken")
        product = {"id": self._id("prd"), "on_hand": 0, "reserved": 0, **body}
        self.products[body["sku"]] = product
        return 201, self._shown(product)

    def move_stock(self, caller, body, product_id):
        self._staff_only(caller)
        product = self._product(product_id)
        product["on_hand"] += body["delta"]
        self.movements.append((product["sku"], body["delta"]))
        return 201, {"delta": body["delta"], "on_hand_after": product["on_hand"]}

    def list_orders(self, caller, body, *, query, path):
        mine = [order for order in self.orders.values() if caller in {STAFF, order["email"]}]
        return page([order for order in mine if query.get("status") in {None, order["status"]}], query, path)

    def read_order(self, caller, body, order_id):
        return 200, self._order(caller, order_id)

    def place(self, caller, body):
        wanted = [(self._product(line["product_id"]), line["quantity"]) for line in body["lines"]]
        needed = Counter()
        for product, quantity in wanted:
            if product["status"] != "active":
                raise Refused(422, "product_unavailable")
            needed[product["sku"]] += quantity
        if any(self._shown(self.products[sku])["available"] < quantity for sku, quantity in needed.items()):
            raise Refused(409, "insufficient_stock")
        order = self._new_order(caller, body, wanted)
        if order["total"] != body["expected_total"]:
            raise Refused(422, "total_mismatch")
        for product, quantity in wanted:
            product["reserved"] += quantity
        self.orders[order["id"]] = order
        return 201, order if caller else order | {"guest_token": f"guest_{order['id']}"}

    def pay(self, caller, body, order_id, *, order_token):
        order = self._order(caller or f"guest:{order_token}", order_id)
        if self.orders_to_expire:
            self.orders_to_expire -= 1
            self.expire_unpaid_orders()
        if self.payments_to_miss:
            self.payments_to_miss -= 1
            return 202, {"order": order}
        if order["status"] != "pending_payment":
            raise Refused(409, "order_not_payable")
        tried = [payment for payment in self.payments.values() if payment["order_id"] == order_id]
        opened = [payment for payment in tried if payment["status"] != "cancelled"]
        payment = opened[0] if opened else {"id": self._id("pay"), "order_id": order_id, "payer": order["email"]}
        payment.setdefault("status", "requires_payment_method")
        payment["payer_token"] = f"payer_{payment['id']}"
        self.payments[payment["id"]] = payment
        return (200 if opened else 201), {"payment": payment, "order": order}

    def confirm(self, caller, body, payment_id):
        payment = self._payment(caller, payment_id)
        if is_paid(payment):
            raise Refused(409, "invalid_state")
        payment["status"] = "succeeded"
        order = self.orders[payment["order_id"]]
        if not self.is_deaf:
            self._soon(lambda: order.update(status="confirmed", payment_status="paid"))
        return 200, payment

    def cancel(self, caller, body, order_id):
        order = self._order(caller, order_id)
        if order["status"] not in {"confirmed", "pending_payment", "cancelled"}:
            raise Refused(409, "invalid_state")
        if order["status"] != "cancelled":
            order.update(status="cancelled", payment_status="refund_pending")
            self._release(order)
        return 200, order

    def list_refunds(self, caller, body, order_id, *, query, path):
        return page([refund for refund in self.refunds.values() if refund["order_id"] == order_id], query, path)

    def refund(self, caller, body, order_id):
        self._staff_only(caller)
        order = self._order(caller, order_id)
        lines = {line["id"]: line for line in order["lines"]}
        amount = sum(lines[wish["line_id"]]["unit_price"] * wish["quantity"] for wish in body["lines"])
        refund = {"id": self._id("rfr"), "order_id": order_id, "amount": money(amount), "status": "requested", **body}
        self.refunds[refund["id"]] = refund
        order.update(payment_status="refund_pending", version=order["version"] + 1)
        if not self.is_slow_with_money:
            self._soon(lambda: self._money_back(refund, order, lines))
        return 201, refund

    def _money_back(self, refund, order, lines):
        refund["status"] = "succeeded"
        order["payment_status"] = "partially_refunded"
        for wish in refund["lines"]:
            lines[wish["line_id"]]["quantity_refunded"] += wish["quantity"]

    def _new_order(self, caller, body, wanted):
        lines = [
            {"id": self._id("line"), "sku": product["sku"], "unit_price": product["prices"][0]["amount"]}
            | {"quantity": quantity, "quantity_refunded": 0}
            for product, quantity in wanted
        ]
        return {
            "id": self._id("ord"),
            "status": "pending_payment",
            "payment_status": "unpaid",
            "version": 1,
            "email": caller or body["email"],
            "customer_id": f"usr_{caller}" if caller else None,
            "customer_note": body["customer_note"],
            "lines": lines,
            "total": money(sum(line["unit_price"] * line["quantity"] for line in lines)),
        }

    def _release(self, order):
        for line in order["lines"]:
            self.products[line["sku"]]["reserved"] -= line["quantity"]

    def _soon(self, react: Callable[[], object]):
        self._news.append((MOMENT, react))

    def _staff_only(self, caller, *, unless=False):
        if caller != STAFF or unless:
            raise Refused(403, "forbidden")

    def _shown(self, product):
        return product | {"available": product["on_hand"] - product["reserved"]}

    def _product(self, product_id):
        return next(product for product in self.products.values() if product["id"] == product_id)

    def _order(self, caller, order_id):
        order = self.orders.get(order_id)
        if not order or caller not in {STAFF, order["email"], f"guest:guest_{order_id}"}:
            raise Refused(404, "not_found")
        return order

    def _payment(self, caller, payment_id):
        payment = self.payments[payment_id]
        if caller not in {payment["payer"], payment["payer_token"]}:
            raise Refused(404, "not_found")
        return payment


ROUTES = [
    ("POST", "/v1/users", StandInShop.register),
    ("POST", "/v1/tokens", StandInShop.sign_in),
    ("GET", "/v1/users/me", StandInShop.me),
    ("GET", "/v2/products", StandInShop.list_products),
    ("POST", "/v2/products", StandInShop.add_product),
    ("POST", r"/v2/products/(\w+)/stock-movements", StandInShop.move_stock),
    ("GET", "/v2/orders", StandInShop.list_orders),
    ("POST", "/v2/orders", StandInShop.place),
    ("GET", r"/v2/orders/(\w+)", StandInShop.read_order),
    ("POST", r"/v2/orders/(\w+)/pay", StandInShop.pay),
    ("POST", r"/v2/orders/(\w+)/cancel", StandInShop.cancel),
    ("GET", r"/v2/orders/(\w+)/refunds", StandInShop.list_refunds),
    ("POST", r"/v2/orders/(\w+)/refunds", StandInShop.refund),
    ("POST", r"/v1/sandbox/payments/(\w+)/confirm", StandInShop.confirm),
]


def money(amount):
    return {"amount": amount, "currency": "GBP"}


def is_paid(payment):
    return payment["status"] == "succeeded"


def sold(line):
    return line["sku"], line["quantity"], line["quantity_refunded"]


class Fault:
    """Strikes one request, before the shop has seen it or after it has done what was asked."""

    def __init__(self, strike, *, is_before):
        self.strike = strike
        self.is_before = is_before


def interruption(*, is_before):
    def strike(request):
        raise KeyboardInterrupt

    return Fault(strike, is_before=is_before)


def lost_connection(*, is_before):
    def strike(request):
        raise requests.ConnectionError

    return Fault(strike, is_before=is_before)


def busy(status, code, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(lambda request: reply(request, status, {"code": code}, names), is_before=True)


def page(found, query, path):
    start, limit = int(query.get("cursor", 0)), int(query["limit"])
    filters = "".join(f"&{name}={query[name]}" for name in ("status", "sku") if name in query)
    following = f"http://public.example{path}?limit={limit}&cursor={start + limit}{filters}"
    return 200, {"data": found[start : start + limit], "next": following if len(found) > start + limit else None}


def reply(request, status, body, headers=None):
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = request.url
    response._content = json.dumps(body).encode()
    response.headers.update(headers or {})
    return response
