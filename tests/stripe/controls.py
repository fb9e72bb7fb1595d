"""What a test tells the fake Stripe to do: under `/_control`, in JSON, and unknown to the real one."""

import json
import re

from tests.stripe import events, intents, refunds
from tests.stripe.resources import let_time_pass
from tests.stripe.stores import shown

ID = r"(?P<id>[A-Za-z0-9_]+)"


def control(store, method, path, told):
    """Do it, and say what came of it; None where there is no such control."""
    for verb, pattern, do in CONTROLS:
        found = re.fullmatch(f"/_control/{pattern}", path)
        if found and verb == method:
            return do(store, told, **found.groupdict())
    return None


def _ready(store, told):
    return {}


def _add_endpoint(store, told):
    store.rows("REPLACE INTO endpoints VALUES (?, ?)", told["url"], told["secret"])
    return {}


def _plan(store, told):
    """`copies` 0 loses what is told from now on, 2 doubles it; what is `held` waits to be released or taken."""
    store.set("plan", {**events.PLAN, **told})
    return {}


def _release(store, told):
    return {"released": events.release(store, **told)}


def _take(store, told):
    return {"webhooks": events.take(store)}


def _send_again(store, told, id):
    for (url,) in store.rows("SELECT url FROM endpoints"):
        events.send(store, id, url)
    return {}


def _add_fault(store, told):
    values = (told["request"], told["kind"], told.get("seconds", 0), told.get("times", 1))
    store.rows("INSERT INTO faults (request, kind, seconds, times) VALUES (?, ?, ?, ?)", *values)
    return {}


def _forget_faults(store, told):
    store.rows("DELETE FROM faults")
    return {}


def _advance(store, told):
    store.set("clock", store.setting("clock", 0) + told["advance_seconds"])
    let_time_pass(store)
    return {"now": store.now()}


def _authenticate(store, told, id):
    return shown(intents.authenticate(store, id, success=told["success"]))


def _give_back(store, told, id):
    """A refund that somebody makes in the dashboard."""
    return shown(refunds.create(store, {"payment_intent": id, **told}))


def _settle(store, told, id):
    return shown(refunds.settle(store, refunds.find(store, id), told["status"]))


def _requests(store, told):
    return {"requests": [json.loads(body) for (body,) in store.rows("SELECT body FROM requests ORDER BY number")]}


def _deliveries(store, told):
    rows = store.rows("SELECT event, url, state, tries FROM deliveries ORDER BY number")
    return {"deliveries": [dict(zip(("event", "url", "state", "tries"), row, strict=True)) for row in rows]}


def _objects(store, told, id):
    """Everything of one kind, oldest first."""
    return {"data": [shown(one) for one in reversed(store.every(id))]}


def _object(store, told, id):
    return shown(store.get(id))


CONTROLS = [
    ("GET", "ready", _ready),
    ("POST", "endpoints", _add_endpoint),
    ("POST", "plan", _plan),
    ("POST", "release", _release),
    ("POST", "take", _take),
    ("POST", f"events/{ID}/send", _send_again),
    ("POST", "faults", _add_fault),
    ("DELETE", "faults", _forget_faults),
    ("POST", "clock", _advance),
    ("POST", f"intents/{ID}/authenticate", _authenticate),
    ("POST", f"intents/{ID}/refunds", _give_back),
    ("POST", f"refunds/{ID}/settle", _settle),
    ("GET", "requests", _requests),
    ("GET", "deliveries", _deliveries),
    ("GET", f"objects/{ID}", _objects),
    ("GET", rf"objects/\w+/{ID}", _object),
]
