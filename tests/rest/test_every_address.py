"""What is true of every address, whoever asks and whatever is asked for."""

import re

import pytest

from tests.rest.addresses import operations, paths
from tests.rest.staff import as_person

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
LEAKS = re.compile(r"Traceback|File \"|\.py\b|SELECT |django|psycopg|sqlite", re.IGNORECASE)


@pytest.fixture
def admin(api):
    return as_person(api)


@pytest.fixture
def everyone(admin):
    """Every operation, asked with an empty body by somebody who may do everything."""
    return {str(one): admin.generic(one.method, one.path, "{}", "application/json") for one in operations()}


@pytest.mark.parametrize("path", paths())
def test_a_method_is_refused_with_405_exactly_if_allow_does_not_name_it(admin, path):
    answers = {method: admin.generic(method, path) for method in METHODS}

    refused = {method for method, answer in answers.items() if answer.status_code == 405}

    assert {frozenset(answers[method]["Allow"].split(", ")) for method in refused} == {frozenset(METHODS) - refused}


@pytest.mark.parametrize("path", paths())
def test_a_method_that_nobody_knows_is_not_implemented(admin, path):
    answer = admin.generic("BREW", path)

    assert (answer.status_code, answer.json()["code"]) == (501, "method_not_implemented")
    assert "BREW" not in answer["Allow"]


@pytest.mark.parametrize("operation", [one for one in operations() if not one.is_public], ids=str)
def test_whoever_does_not_say_who_they_are_is_asked_how_they_could(api, operation):
    answer = api.generic(operation.method, operation.path, "{}", "application/json")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="tearline"')


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_a_token_that_is_no_good_is_refused_before_any_condition_is_looked_at(api, operation):
    bad = {"HTTP_AUTHORIZATION": "Bearer rubbish", "HTTP_IF_MATCH": '"1-x"', "HTTP_IF_NONE_MATCH": "*"}

    answer = api.generic(operation.method, operation.path, "{}", "application/json", **bad)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="tearline", error="invalid_token"'


def test_whoever_is_known_is_never_told_to_say_who_they_are(everyone):
    assert [name for name, answer in everyone.items() if answer.status_code == 401] == []


def test_a_person_without_the_scope_is_forbidden_what_needs_one(api):
    as_person(api, scopes="")

    answers = [api.generic(*asked) for asked in (("POST", "/v1/products"), ("GET", "/v1/users"))]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Bearer realm="tearline", error="insufficient_scope"'}


def test_every_refusal_is_a_problem_that_says_its_status_and_its_request(everyone):
    refusals = [answer for answer in everyone.values() if answer.status_code >= 400]

    kinds = {answer["Content-Type"] for answer in refusals}
    told = [(answer.json()["status"], answer.json()["request_id"]) for answer in refusals]

    assert kinds == {"application/problem+json"}
    assert told == [(answer.status_code, answer["X-Request-ID"]) for answer in refusals]


def test_no_refusal_tells_how_the_product_is_built(everyone):
    texts = {name: answer.content.decode() for name, answer in everyone.items() if answer.status_code >= 400}

    assert {name: found.group() for name, text in texts.items() if (found := LEAKS.search(text))} == {}


def test_every_answer_says_whether_it_may_be_kept_and_what_it_is(everyone):
    shared = {name for name, answer in everyone.items() if may_be_shared(answer)}
    sniffed = {answer.get("X-Content-Type-Options") for answer in everyone.values()}

    assert shared <= {str(one) for one in operations() if one.is_public and one.method == "GET"}
    assert sniffed == {"nosniff"}
    assert {"Server" in answer for answer in everyone.values()} == {False}


@pytest.mark.parametrize("path", paths())
def test_nobody_is_redirected_to_another_spelling(admin, path):
    answers = [admin.generic(method, f"{path}/", "{}", "application/json") for method in ("GET", "POST", "PUT")]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_json_answer_is_an_object(operation):
    shown = [answer.get("content", {}).get("application/json") for answer in operation.answers.values()]

    kinds = {content["schema"].get("type") for content in shown if content}

    assert kinds <= {"object"}


def may_be_shared(answer):
    """Whether a cache that serves many may keep it; without a word it may."""
    return answer.get("Cache-Control", "").partition(",")[0] not in {"no-store", "private"}
