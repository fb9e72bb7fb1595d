"""Changes planted in documents of our own: ten that would break clients, and two that would not."""

from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

from tests.contracts.documents import Node, at, follow, read_documents

DOCUMENT = "payments-v1"
PAYMENT, REFUNDS = "/v1/payments/{payment_id}", "/v1/payments/{payment_id}/refunds"
CONFIRM = "/v1/sandbox/payments/{payment_id}/confirm"


class Seed(NamedTuple):
    name: str
    plant: Callable[[Node], object]
    is_breaking: bool = True

    def documents(self) -> tuple[Node, Node]:
        """The document as it is, and as it is with the change."""
        before = read_documents()[DOCUMENT]
        after = deepcopy(before)
        self.plant(after)
        return before, after


def sent(document: Node, path: str) -> Node:
    """The schema of what is posted there."""
    return _schema(follow(document["paths"][path]["post"]["requestBody"], document), document)


def answered(document: Node, path: str, method: str = "get", status: str = "200") -> Node:
    """The schema of what is answered there."""
    return _schema(follow(document["paths"][path][method]["responses"][status], document), document)


def take_away(schema: Node, member: str) -> Node:
    """Take a member out of a schema, and return what it was."""
    schema["required"] = [name for name in schema["required"] if name != member]
    gone: Node = schema["properties"].pop(member)
    return gone


def _schema(holder: Node, document: Node) -> Node:
    schema: Node = holder["content"]["application/json"]["schema"]
    return at(schema["$ref"], document) if "$ref" in schema else schema


def _rename_a_member(document: Node) -> None:
    payment = answered(document, PAYMENT)
    payment["properties"]["total"] = take_away(payment, "amount")
    payment["required"].append("total")


def _narrow_a_list(document: Node) -> None:
    choice = sent(document, CONFIRM)["properties"]["payment_method"]
    (at(choice["$ref"], document) if "$ref" in choice else choice)["enum"].pop()


def _require_a_new_member(document: Node) -> None:
    refund = sent(document, REFUNDS)
    refund["properties"]["locale"] = {"type": "string", "maxLength": 20}
    refund["required"].append("locale")


def _require_a_parameter(document: Node) -> None:
    parameters = document["paths"]["/v1/refunds"]["get"]["parameters"]
    next(parameter for parameter in parameters if parameter["name"] == "payment_id")["required"] = True


def _close_an_operation(document: Node) -> None:
    providers = document["paths"]["/v1/providers"]["get"]
    providers["security"] = [way for way in providers["security"] if way]


def _add_an_operation_and_a_member(document: Node) -> None:
    document["paths"]["/v1/disputes"] = {"get": {**document["paths"]["/v1/refunds"]["get"], "operationId": "disputes"}}
    payment = answered(document, PAYMENT)
    payment["properties"]["dispute"] = {"type": "string", "maxLength": 30}
    payment["required"].append("dispute")


SEEDS = (
    Seed("an operation is removed", lambda document: document["paths"].pop("/v1/refunds")),
    Seed("a member of an answer is removed", lambda document: take_away(answered(document, PAYMENT), "currency")),
    Seed("a member of an answer is renamed", _rename_a_member),
    Seed(
        "a member of an answer has another type",
        lambda document: answered(document, PAYMENT)["properties"].update(amount={"type": "string", "maxLength": 20}),
    ),
    Seed("a value of a request is no longer taken", _narrow_a_list),
    Seed("a new member of a request is required", _require_a_new_member),
    Seed("a parameter is required now", _require_a_parameter),
    Seed(
        "a text of a request must be shorter",
        lambda document: sent(document, REFUNDS)["properties"]["reason"].update(maxLength=20),
    ),
    Seed("an open operation asks who one is", _close_an_operation),
    Seed(
        "a status of success is removed",
        lambda document: document["paths"][REFUNDS]["post"]["responses"].pop("201"),
    ),
    Seed(
        "an optional member of a request is added",
        lambda document: sent(document, REFUNDS)["properties"].update(locale={"type": "string", "maxLength": 20}),
        is_breaking=False,
    ),
    Seed("an operation and a member of an answer are added", _add_an_operation_and_a_member, is_breaking=False),
)
