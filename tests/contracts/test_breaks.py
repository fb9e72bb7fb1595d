"""What breaks the clients of a document, and what does not."""

import json
from copy import deepcopy

import pytest

from tests.contracts.breaks import breaking_changes
from tests.contracts.demonstrations import BREAKING, lines_of_seeds, score
from tests.contracts.documents import read_documents
from tests.contracts.seeds import SEEDS

TEXT = {"type": "string", "maxLength": 10}
BODY = {"type": "object", "properties": {"name": TEXT}, "additionalProperties": False}
GONE = {"value": {"code": "gone", "status": 404}}


@pytest.fixture
def api():
    """One operation, with a bit of everything."""
    answer = {
        "headers": {"ETag": {"schema": TEXT, "required": True}},
        "content": {"application/json": {"schema": BODY}, "text/csv": {"schema": TEXT}},
    }
    problem = {"content": {"application/problem+json": {"schema": {"type": "object"}, "examples": {"gone": GONE}}}}
    operation = {
        "operationId": "things_update",
        "security": [{"bearer": ["write"]}, {"cookie": []}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": TEXT},
            {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
        ],
        "requestBody": {"content": {"application/json": {"schema": BODY}, "text/csv": {"schema": TEXT}}},
        "responses": {"200": answer, "204": {}, "404": problem, "default": {}},
    }
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "c"},
    }
    components = {"securitySchemes": schemes}
    return {"servers": [{"url": "/"}], "paths": {"/things/{id}": {"put": operation}}, "components": components}


def changed(api, change):
    after = deepcopy(api)
    change(after, after["paths"]["/things/{id}"]["put"])
    return breaking_changes(api, after)


@pytest.mark.parametrize("seed", SEEDS, ids=[seed.name for seed in SEEDS])
def test_a_planted_change_is_caught_if_it_breaks_and_let_pass_if_not(seed):
    assert bool(breaking_changes(*seed.documents())) is seed.is_breaking


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda api, it: it.update(operationId="things_put"), "is called things_put now, was things_update"),
        (lambda api, it: it.update(callbacks={}), "callbacks changed"),
        # Who may ask
        (lambda api, it: it["security"].pop(), "is closed to who comes with cookie alone"),
        (lambda api, it: it["security"][0]["bearer"].append("admin"), "is closed to who comes with bearer write alone"),
        (lambda api, it: it["security"][1].update(bearer=[]), "is closed to who comes with cookie alone"),
        # Parameters
        (lambda api, it: it["parameters"].pop(), "the query parameter 'dry' is gone"),
        (lambda api, it: it["parameters"][1].update(required=True), "the query parameter 'dry' is required now"),
        (
            lambda api, it: it["parameters"][1].update(schema=TEXT),
            "the query parameter 'dry': is string now, was boolean",
        ),
        (lambda api, it: it["parameters"][1].update(style="form"), "style of the query parameter 'dry' changed"),
        (
            lambda api, it: it["parameters"].append({"name": "If-Match", "in": "header", "required": True}),
            "the header parameter 'If-Match' is new and required",
        ),
        # What is sent
        (lambda api, it: it["requestBody"].update(required=True), "the request's body is required now"),
        (lambda api, it: it["requestBody"]["content"].pop("text/csv"), "the request: text/csv is gone"),
        # What is answered
        (lambda api, it: it["responses"].pop("204"), "204 is gone"),
        (lambda api, it: it["responses"].pop("default"), "default is gone"),
        (lambda api, it: it["responses"].update({"202": {}}), "202 may be answered now"),
        (lambda api, it: it["responses"].update({"409": {}}), "409 may be answered now"),
        (lambda api, it: it["responses"]["200"]["headers"].clear(), "200: the header ETag is gone"),
        (
            lambda api, it: it["responses"]["200"]["headers"]["ETag"].update(required=False),
            "200: the header ETag may be missing now",
        ),
        (lambda api, it: it["responses"]["200"]["content"].pop("text/csv"), "200: text/csv is gone"),
    ],
)
def test_what_breaks_a_client_is_said(api, change, said):
    assert changed(api, change) == [f"PUT /things/{{id}}: {said}"]


def test_an_operation_may_not_go_and_takes_with_it_what_only_it_refused(api):
    gone = changed(api, lambda api, it: api["paths"].clear())

    assert gone == ["PUT /things/{id}: is gone", "gone (404): no problem is called so any more"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda api, it: api.update(servers=[{"url": "/api"}]), "/: is gone"),
        (
            lambda api, it: api["components"]["securitySchemes"]["cookie"].update(name="d"),
            "cookie: is another way to sign in now",
        ),
        (
            lambda api, it: it["responses"]["404"]["content"]["application/problem+json"].pop("examples"),
            "gone (404): no problem is called so any more",
        ),
    ],
)
def test_so_is_what_all_operations_have_in_common(api, change, said):
    assert changed(api, change) == [said]


@pytest.mark.parametrize(
    "change",
    [
        lambda api, it: it.update(summary="Better", description="words", tags=["things"], deprecated=True),
        lambda api, it: it.update(security=[{}]),
        lambda api, it: it["security"][0].update(bearer=[]),
        lambda api, it: it["parameters"].append({"name": "fast", "in": "query", "schema": TEXT}),
        lambda api, it: it["parameters"].reverse(),
        lambda api, it: it["requestBody"]["content"].update({"text/plain": {}}),
        lambda api, it: it["responses"]["200"]["headers"].update(Link={"schema": TEXT}),
        lambda api, it: it["responses"]["200"]["content"].update({"text/plain": {}}),
        lambda api, it: it["responses"]["404"].update(description="Reworded"),
        lambda api, it: api["paths"].update({"/others": {"get": it}}),
    ],
)
def test_what_breaks_nobody_is_let_pass(api, change):
    assert changed(api, change) == []


def test_nobody_sends_the_name_of_a_path_parameter(api):
    renamed = json.loads(json.dumps(api).replace('"name": "id"', '"name": "thing_id"').replace("{id}", "{thing_id}"))

    assert breaking_changes(api, renamed) == []


@pytest.mark.parametrize("name", read_documents())
def test_a_document_that_stays_breaks_nothing_however_its_prose_is_worded(name):
    document = read_documents()[name]

    reworded = json.loads(json.dumps(document).replace('"description": "', '"description": "Well: '))

    assert breaking_changes(document, reworded) == []


def test_the_score_tells_what_was_missed_and_what_was_wrongly_flagged():
    everything, nothing = [True] * len(SEEDS), [False] * len(SEEDS)

    assert score(BREAKING) == "10 of 10 caught, 2 of 2 harmless ones let pass"
    assert score(everything) == "10 of 10 caught, 0 of 2 harmless ones let pass"
    assert score(nothing) == "0 of 10 caught, 2 of 2 harmless ones let pass"
    assert [*lines_of_seeds(BREAKING, [None] * len(SEEDS))][-2:] == [
        f"own check: {score(BREAKING)}",
        "optic: needs npm",
    ]
