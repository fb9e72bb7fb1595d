"""Events, and the webhooks that tell of them: signed as Stripe signs, and lost, doubled or held back when told to."""

import hashlib
import hmac
import json
import random
import threading
import time
from urllib.request import ProxyHandler, Request, build_opener

from tests.stripe.stores import new_id, shown

API_VERSION = "2026-10-28.endive"
# Stripe tries for three days; the first of its pauses, shortened, and then always the last.
PAUSES = (0.2, 0.5, 1, 2, 5)
PLAN = {"copies": 1, "held": False}
DUE = """
SELECT number, url, event, tries FROM deliveries WHERE state = 'due' AND due <= ? ORDER BY due, number LIMIT 20
"""
_opener = build_opener(ProxyHandler({}))


def tell(store, type, subject):
    """Write down what happened, with as many deliveries as the plan says."""
    event = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": store.now(),
        "data": {"object": shown(subject)},
        "livemode": subject["livemode"],
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }
    store.put(event)
    plan = store.setting("plan", PLAN)
    for (url,) in store.rows("SELECT url FROM endpoints"):
        for _ in range(plan["copies"]):
            send(store, event["id"], url, state="held" if plan["held"] else "due")


def send(store, event_id, url, state="due"):
    sql = "INSERT INTO deliveries (url, event, state, due) VALUES (?, ?, ?, ?)"
    store.rows(sql, url, event_id, state, time.time())


def release(store, order="as_made", seed=0):
    """Send what was held back, in another order if wanted; returns how many there are."""
    held = store.rows("SELECT number, url, event FROM deliveries WHERE state = 'held' ORDER BY number")
    if order == "reversed":
        held.reverse()
    if order == "shuffled":
        random.Random(seed).shuffle(held)
    for number, url, event_id in held:
        store.rows("DELETE FROM deliveries WHERE number = ?", number)
        send(store, event_id, url)
    return len(held)


def take(store):
    """What was held back, as it would be sent: for tests in whose process no server listens."""
    held = store.rows("SELECT number, url, event FROM deliveries WHERE state = 'held' ORDER BY number")
    for number, _, _ in held:
        store.rows("UPDATE deliveries SET state = 'taken' WHERE number = ?", number)
    return [_letter(store, url, event_id) for _, url, event_id in held]


def signed(body, secret, at):
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def _letter(store, url, event_id):
    """The webhook, signed now and with the real clock: a receiver compares it with its own."""
    body = json.dumps(store.get(event_id), indent=2)
    ((secret,),) = store.rows("SELECT secret FROM endpoints WHERE url = ?", url)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (fake)"}
    return {"headers": {**headers, "Stripe-Signature": signed(body, secret, int(time.time()))}, "body": body}


class Postman(threading.Thread):
    """Delivers what is due, one after the other, until somebody has answered with 2xx."""

    def __init__(self, store):
        super().__init__(daemon=True)
        self._store = store

    def run(self):
        while True:
            due = self._store.rows(DUE, time.time())
            for delivery in due:
                self._deliver(*delivery)
            if not due:
                time.sleep(0.02)

    def _deliver(self, number, url, event_id, tries):
        letter = _letter(self._store, url, event_id)
        if _is_taken(url, letter):
            self._store.rows("UPDATE deliveries SET state = 'done', tries = tries + 1 WHERE number = ?", number)
            return
        due = time.time() + PAUSES[min(tries, len(PAUSES) - 1)]
        self._store.rows("UPDATE deliveries SET due = ?, tries = tries + 1 WHERE number = ?", due, number)


def _is_taken(url, letter):
    try:
        with _opener.open(Request(url, letter["body"].encode(), letter["headers"]), timeout=10) as answer:
            return 200 <= answer.status < 300
    except OSError:
        return False
