"""What crosses a call, seen from both of its ends."""

from tests.equivalence.casts import Cast

PROBES = {
    "what surrounds a call": "surrounded",
    "values that JSON does not have": "values",
    "a body that JSON does not have": "echo",
    "a body that JSON cannot have": "no_json",
    "a crash": "crash",
    "a refusal": "refusal",
    "an unknown address": "unknown",
    "another service's routes": "foreign",
    "an answer that is changed": "mutated",
    "a call that proves nothing": "unauthenticated",
    "a call inside a transaction": "transactions",
    "a transaction that is undone": "rolled_back",
    "a transaction that is committed": "committed",
}


def probes(cast: Cast) -> None:
    for step, name in PROBES.items():
        cast.nobody.get(step, f"/v1/orders/probe/{name}")
    cast.nobody.get("and what surrounds the next", "/v1/orders/probe/surrounded")
    anna = cast.anna.get("anna's id", "/v1/users/me").body["id"]
    cast.nobody.get("a question to users", f"/v1/orders/probe/profile?id={anna}")
    cast.nobody.get("a question that users refuses", "/v1/orders/probe/profile?id=usr_x")
