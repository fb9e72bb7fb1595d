"""What each client reads and sends is there and is taken; what is not is said with the method that misses it."""

import re
from copy import deepcopy

import pytest

from clients.payments import Payments
from tests.contracts.asking import ASKINGS, methods
from tests.contracts.consumers import complaints, read_recordings
from tests.contracts.demonstrations import CUSTOMER, lines_of_clients, stripped
from tests.contracts.documents import read_documents
from tests.contracts.operations import operations
from tests.contracts.recording import record_all
from tests.contracts.seeds import DOCUMENT, PAYMENT, REFUNDS, SEEDS, answered, sent

CREATED = f"POST {REFUNDS} 201"
REFUND = f"POST {REFUNDS} of payments v1"
# What clients sign their requests with is made once for a process.
pytestmark = pytest.mark.usefixtures("nobody_known")


def said_of(change, name=DOCUMENT):
    """What the clients say when a document is changed like this."""
    documents = deepcopy(read_documents())
    change(documents[name])
    return complaints(read_recordings(), documents)


def test_clients_find_what_they_read():
    assert complaints(read_recordings(), read_documents()) == []


def test_what_is_written_down_of_the_clients_is_what_they_do():
    assert record_all(read_documents()) == read_recordings(), "run 'make openapi' and look at the difference"


def test_every_method_of_every_client_is_recorded():
    found = {method for names in methods().values() for method in names}

    assert found == {*ASKINGS}
    assert found == {method for recording in read_recordings().values() for method in recording}


def test_a_method_that_is_new_is_seen_to_be_missing(monkeypatch):
    monkeypatch.setattr(Payments, "disputes", lambda self, payment_id: None, raising=False)

    assert "Payments.disputes" in methods()["payments"]
    assert "Payments.disputes" not in ASKINGS


def test_a_member_that_nobody_reads_may_go():
    assert complaints(read_recordings(), stripped(DOCUMENT, (REFUNDS, "post", "201"), "created_at")) == []


def test_a_member_that_is_read_may_not_and_the_method_is_named():
    lost = complaints(read_recordings(), stripped(DOCUMENT, (REFUNDS, "post", "201"), "status"))

    assert f"Payments.refund reads 'status' of {CREATED}, which payments v1 no longer has" in lost
    assert all(re.match(r"Payments\.refunds? reads '(data\[\]\.)?status' of ", complaint) for complaint in lost)


def test_what_services_tell_only_each_other_is_held_to_it_too():
    lost = complaints(read_recordings(), stripped("users-internal-v1", (CUSTOMER, "get", "200"), "email"))

    assert lost == [f"Users.profile reads 'email' of GET {CUSTOMER} 200, which users internal-v1 no longer has"]


def test_the_demonstration_shows_both(capsys):
    shown = [line for line in lines_of_clients() if not line.startswith(" ")]

    assert [line.rpartition(": ")[2] for line in shown] == ["passes", "caught", "caught"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda document: document["paths"].pop(PAYMENT),
            f"Payments.get asks GET {PAYMENT}, which payments v1 no longer has",
        ),
        (
            lambda document: document["paths"][REFUNDS]["post"]["responses"].pop("201"),
            f"Payments.refund reads the answer of {CREATED}, which payments v1 no longer gives",
        ),
        (
            lambda document: answered(document, REFUNDS, "post", "201")["required"].remove("status"),
            f"Payments.refund reads 'status' of {CREATED}, which payments v1 may leave out",
        ),
        (
            lambda document: answered(document, REFUNDS, "post", "201")["properties"].update(amount={"type": "string"}),
            f"Payments.refund reads 'amount' of {CREATED}, which payments v1 may answer with string, not integer",
        ),
        (
            lambda document: answered(document, PAYMENT)["properties"]["provider"].update(type=["string", "null"]),
            f"Payments.get reads 'provider' of GET {PAYMENT} 200, which payments v1 may answer with null, not string",
        ),
        (
            next(seed.plant for seed in SEEDS if seed.name == "a new member of a request is required"),
            f"Payments.refund sends a body that {REFUND} refuses: $ 'locale' is a required property",
        ),
        (
            lambda document: sent(document, REFUNDS)["properties"]["reason"].update(maxLength=3),
            f"Payments.refund sends a body that {REFUND} refuses: $.reason 'requested' is too long",
        ),
        (
            lambda document: document["paths"][REFUNDS]["post"].pop("requestBody"),
            f"Payments.refund sends a body that {REFUND} does not read",
        ),
        (
            lambda document: document["paths"][REFUNDS]["post"].update(requestBody={"content": {"text/csv": {}}}),
            f"Payments.refund sends JSON, which {REFUND} does not read",
        ),
        (
            lambda document: document["paths"][REFUNDS]["post"]["parameters"].append(
                {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
            ),
            f"Payments.refund does not send the header parameter 'If-Match' that {REFUND} requires",
        ),
    ],
)
def test_a_method_says_what_it_would_miss_or_be_refused(change, said):
    assert said in said_of(change)


def test_a_document_that_is_gone_is_missed():
    documents = {name: document for name, document in read_documents().items() if name != "users-internal-v1"}

    said = complaints(read_recordings(), documents)

    assert f"Users.profile asks GET {CUSTOMER}, which users internal-v1 no longer has" in said
    assert all(complaint.endswith("which users internal-v1 no longer has") for complaint in said)


def test_what_a_path_parameter_is_called_matters_to_nobody():
    def rename(document):
        document["paths"] = {path.replace("{payment_id}", "{id}"): node for path, node in document["paths"].items()}
        for operation in operations(document):
            for parameter in operation.node["parameters"]:
                parameter["name"] = parameter["name"].replace("payment_id", "id")

    assert said_of(rename) == []
