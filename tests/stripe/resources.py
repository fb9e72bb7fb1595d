"""Which request is for what: the part of Stripe's API that payments uses."""

import re

from tests.stripe import intents, refunds
from tests.stripe.refusals import Refusal, missing, wrong_parameter
from tests.stripe.stores import shown

ID = r"(?P<id>[A-Za-z0-9_]+)"
SEARCH = re.compile(r"""metadata\[['"](?P<name>\w+)['"]\]:['"](?P<value>[^'"]+)['"]""")


def answer(store, method, path, wanted, *, livemode):
    """What the API says. Raises Refusal."""
    let_time_pass(store)
    for verb, pattern, resource in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and verb == method:
            return resource(store, wanted, livemode=livemode, **found.groupdict())
    raise Refusal(404, f"Unrecognized request URL ({method}: {path}).")


def let_time_pass(store):
    """Do what would have been done by now."""
    for intent in store.due("payment_intent"):
        intents.settle(store, intent)
    for refund in store.due("refund"):
        refunds.settle(store, refund)


def _create_intent(store, wanted, *, livemode):
    return shown(intents.create(store, wanted, livemode=livemode))


def _show_intent(store, wanted, *, livemode, id):
    return shown(intents.find(store, id))


def _confirm(store, wanted, *, livemode, id):
    return shown(intents.confirm(store, id, wanted))


def _capture(store, wanted, *, livemode, id):
    return shown(intents.capture(store, id, wanted))


def _cancel(store, wanted, *, livemode, id):
    return shown(intents.cancel(store, id, wanted))


def _search_intents(store, wanted, *, livemode):
    query = SEARCH.fullmatch(wanted.get("query", ""))
    if not query:
        raise wrong_parameter("query", "We were unable to parse your search query.", code="parameter_invalid_string")
    found = store.every("payment_intent", **{f"metadata__{query['name']}": query["value"]})
    return {**_page("/v1/payment_intents/search", found, wanted), "object": "search_result", "next_page": None}


def _create_refund(store, wanted, *, livemode):
    return shown(refunds.create(store, wanted))


def _show_refund(store, wanted, *, livemode, id):
    return shown(refunds.find(store, id))


def _list(kind):
    def listed(store, wanted, *, livemode):
        by = {name: wanted[name] for name in ("payment_intent", "charge") if name in wanted}
        return _page(f"/v1/{kind}s", store.every(kind, **by), wanted)

    return listed


def _page(url, found, wanted):
    """Newest first, from after the one that is named."""
    ids = [one["id"] for one in found]
    after, limit = wanted.get("starting_after"), int(wanted.get("limit", 10))
    if after and after not in ids:
        raise missing("object", after)
    start = ids.index(after) + 1 if after else 0
    data = [shown(one) for one in found[start : start + limit]]
    return {"object": "list", "url": url, "has_more": len(found) > start + limit, "data": data}


ROUTES = [
    ("POST", "/v1/payment_intents", _create_intent),
    ("GET", "/v1/payment_intents", _list("payment_intent")),
    ("GET", "/v1/payment_intents/search", _search_intents),
    ("GET", f"/v1/payment_intents/{ID}", _show_intent),
    ("POST", f"/v1/payment_intents/{ID}/confirm", _confirm),
    ("POST", f"/v1/payment_intents/{ID}/capture", _capture),
    ("POST", f"/v1/payment_intents/{ID}/cancel", _cancel),
    ("GET", "/v1/charges", _list("charge")),
    ("POST", "/v1/refunds", _create_refund),
    ("GET", "/v1/refunds", _list("refund")),
    ("GET", f"/v1/refunds/{ID}", _show_refund),
    ("GET", "/v1/events", _list("event")),
]
