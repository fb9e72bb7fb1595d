"""The API document as a whole."""

import jsonschema
import pytest
from django.conf import settings as django_settings

from chassis.documents import openapi

VERSIONS = [(service, version) for service, versions in django_settings.API_VERSIONS.items() for version in versions]


@pytest.fixture(params=VERSIONS, ids="-".join)
def document(request):
    return openapi(*request.param)


def operations(document):
    return [operation for path in document["paths"].values() for operation in path.values()]


def schemas_in(node):
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from schemas_in(inner)


def test_every_operation_has_a_summary_of_its_own(document):
    summaries = [operation["summary"] for operation in operations(document)]

    assert len({*summaries}) == len(summaries)


def test_every_operation_tells_of_a_crash_and_of_too_many_requests(document):
    assert all(
        {"400", "429", "500", "503", "default"} <= {*operation["responses"]} for operation in operations(document)
    )


def test_a_document_says_what_it_is_about_and_is_the_same_wherever_it_is_served(document):
    assert document["info"]["description"]
    assert {"contact", "license"} <= {*document["info"]}
    assert [server["url"] for server in document["servers"]] == ["/"]


def test_every_operation_belongs_to_a_resource_that_is_described(document):
    described = {tag["name"]: tag["description"] for tag in document["tags"]}

    assert {*described} == {tag for operation in operations(document) for tag in operation["tags"]}
    assert all(described.values())


def test_every_parameter_says_what_it_is_for(document):
    parameters = [parameter for operation in operations(document) for parameter in operation.get("parameters", ())]

    assert [parameter["name"] for parameter in parameters if not parameter.get("description")] == []


def test_a_header_is_described_only_where_some_answer_has_it():
    described = {version: openapi("orders", version)["components"]["headers"] for version in ("v1", "v2")}

    assert "Sunset" in described["v1"]
    assert "Sunset" not in described["v2"]


def test_every_text_list_and_integer_has_its_limits(document):
    for schema in schemas_in(document["components"]["schemas"]):
        if schema.get("type") == "string" and "enum" not in schema:
            assert "maxLength" in schema, schema
        if schema.get("type") == "integer":
            assert {"minimum", "maximum"} <= {*schema}, schema
        if schema.get("type") == "array":
            assert "maxItems" in schema, schema


def test_every_example_is_what_its_schema_says(document):
    root = {"components": document["components"]}
    for operation in operations(document):
        for answer in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for content in answer.get("content", {}).values():
                if "example" in content:
                    jsonschema.validate(content["example"], content["schema"] | root)


@pytest.mark.parametrize(("version", "is_deprecated"), [("v1", True), ("v2", False)])
def test_the_document_of_a_version_that_will_end_says_so(version, is_deprecated):
    found = openapi("orders", version)

    assert {operation.get("deprecated", False) for operation in operations(found)} == {is_deprecated}
    assert ("Sunset" in found["components"]["responses"]["problem"]["headers"]) is is_deprecated


def test_a_body_has_no_other_members_and_an_answer_all_of_them():
    schemas = openapi("orders", "v2")["components"]["schemas"]

    assert schemas["NewOrderRequest"]["additionalProperties"] is False
    assert set(schemas["ShownOrder"]["required"]) == set(schemas["ShownOrder"]["properties"])
    assert "on_hand" not in schemas["StaffProduct"]["required"]
