"""Its neighbours, as orders meets them at the transport: adapters that answer bytes, and what they announce."""

import io
import json
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from chassis.identifiers import new_id
from chassis.tokens import issuer_of


class StandInPayments(BaseAdapter):
    """Keeps payments and refunds in memory. `trouble` is what calls meet instead of an answer.

    "down" is a connection refused, "slow" does what was asked and answers too late, "crashes" is a 500, and
    a pair of status and code is a refusal.
    """

    def __init__(self):
        super().__init__()
        self.trouble = None
        self.payments, self.refunds, self.asked = {}, {}, []
        self.wanted = {}  # what else a new payment has for its payer

    def send(self, request, *args, **options):
        body = json.loads(request.body or b"null")
        path, key = urlsplit(request.url).path, request.headers.get("Idempotency-Key")
        self.asked.append((request.method, path, key, body))
        if self.trouble == "down":
            raise requests.ConnectionError("connection refused")
        status, answer = self._troubled() or self._answer(request.method, path, body)
        if self.trouble == "slow":
            raise requests.ReadTimeout("no answer in time")
        return _response(request, status, answer)

    def close(self):
        """Nothing is held open."""

    def keys(self, path_end):
        """The keys of the calls to paths that end so, in order."""
        return [key for _, path, key, _ in self.asked if path.endswith(path_end)]

    def of(self, order_id, attempt=1):
        return self.payments[order_id, attempt]

    def _troubled(self):
        if self.trouble == "crashes":
            return 500, {"code": "internal_error", "status": 500}
        if isinstance(self.trouble, tuple):
            return self.trouble[0], {"code": self.trouble[1], "status": self.trouble[0]}
        return None

    def _answer(self, method, path, body):
        if path == "/v1/payments":
            return self._create(body)
        payment_id, _, verb = path.removeprefix("/v1/payments/").partition("/")
        payment = next(payment for payment in self.payments.values() if payment["id"] == payment_id)
        if method == "GET" and verb == "refunds":
            return 200, {"data": [refund for refund in self.refunds.values() if refund["payment_id"] == payment_id]}
        answers = {"cancel": self._cancel, "capture": self._capture, "refunds": self._refund}
        return answers[verb](payment, body) if verb in answers else (200, payment)

    def _create(self, body):
        natural = body["order_id"], body["attempt"]
        status = 200 if natural in self.payments else 201
        numbers = {"amount_authorized": 0, "amount_captured": 0, "amount_refunded": 0, "amount_refundable": 0}
        fresh = {"id": new_id("pay"), "status": "requires_payment_method", "outcome_unknown": False, **numbers, **body}
        payment = self.payments.setdefault(natural, fresh)
        return status, {**payment, "payer_token": f"token-of-{payment['id']}", **self.wanted}

    def _cancel(self, payment, _):
        if payment["status"] == "processing":
            return 409, {"code": "invalid_state", "status": 409}
        if payment["status"] in {"requires_payment_method", "requires_action", "authorized"}:
            payment["status"] = "cancelled"
        return 200, payment

    def _capture(self, payment, body):
        if payment["status"] != "authorized":
            return 409, {"code": "invalid_state", "status": 409}
        payment.update({"status": "succeeded", "amount_captured": body["amount"]})
        return 200, payment

    def _refund(self, payment, body):
        names = {name: payment[name] for name in ("order_id", "currency")}
        fresh = {"id": new_id("ref"), "payment_id": payment["id"], "status": "pending", **names, **body}
        return 201, self.refunds.setdefault(body["refund_request_id"], fresh)

    def succeeded(self, order_id, attempt=1, **changes):
        """The fact that this payment was paid, as payments would announce it."""
        payment = self.payments[order_id, attempt]
        payment.update({"status": "succeeded", "amount_captured": payment["amount"], **changes})
        return envelope("payment.succeeded", fact_of(payment))

    def authorized(self, order_id, attempt=1, **changes):
        """The fact that somebody has promised to pay."""
        payment = self.payments[order_id, attempt]
        payment.update({"status": "authorized", "amount_authorized": payment["amount"], **changes})
        return envelope("payment.authorized", {**fact_of(payment), "amount_authorized": payment["amount_authorized"]})

    def ended(self, order_id, status, attempt=1):
        """The fact that this payment is over without money, or has come so far."""
        payment = self.payments[order_id, attempt]
        payment["status"] = status
        return envelope(f"payment.{status}", fact_of(payment))

    def refunded(self, refund, status="succeeded"):
        """The fact that a refund ended, as payments says when it is asked, too."""
        refund["status"] = "succeeded" if status == "external" else status
        payment = next(payment for payment in self.payments.values() if payment["id"] == refund["payment_id"])
        own = {"refund_id": refund["id"], "refund_request_id": refund["refund_request_id"]}
        return envelope(f"refund.{status}", {**fact_of(payment), **own, "refund_amount": refund["amount"]})


class StandInUsers(BaseAdapter):
    """Knows people by their ids. `asked` has the `If-None-Match` of each question; "down" is a connection refused."""

    def __init__(self):
        super().__init__()
        self.trouble, self.people, self.asked = None, {}, []

    def send(self, request, *args, **options):
        self.asked.append(request.headers.get("If-None-Match"))
        if self.trouble == "down":
            raise requests.ConnectionError("connection refused")
        person = self.people.get(urlsplit(request.url).path.rpartition("/")[2])
        if person is None:
            return _response(request, 404, {"code": "not_found", "status": 404})
        headers = {"Cache-Control": "private, max-age=60, stale-if-error=86400", "ETag": f'"{hash(str(person))}"'}
        is_known = request.headers.get("If-None-Match") == headers["ETag"]
        return _response(request, 304 if is_known else 200, person, **headers)

    def close(self):
        """Nothing is held open."""

    def knows(self, id, full_name="Ana Ødegård", email="ana@example.com", *, is_active=True):
        self.people[id] = {"id": id, "email": email, "full_name": full_name, "is_active": is_active}

    def updated(self, id, **changes):
        """The fact that this person is not as before, as users would announce it."""
        self.people[id] |= changes
        return envelope("user.updated", {"user_id": id}, source="users")


def fact_of(payment):
    names = ("order_id", "attempt", "status", "amount", "currency", "amount_captured", "amount_refunded")
    return {"payment_id": payment["id"], **{name: payment[name] for name in names}}


def envelope(type, fact, number=1, source="payments"):
    """A CloudEvent; told again, it may well come under another id."""
    return {
        "specversion": "1.0",
        "id": new_id("evt"),
        "source": issuer_of(source),
        "type": type,
        "subject": fact["payment_id" if source == "payments" else "user_id"],
        "sequence": str(number),
        "data": fact,
    }


def _response(request, status, answer, **headers):
    content = b"" if status == 304 else json.dumps(answer).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    body = HTTPResponse(body=io.BytesIO(content), headers=headers, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, body)
