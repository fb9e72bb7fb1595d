"""What is excepted from grading is there, and what is installed for it is the same everywhere."""

import json
import tomllib

import pytest

from deploy.processes import BASE

HERE = BASE / "tests" / "graders"
OPERATIONS = [
    operation
    for file in (BASE / "docs" / "api").glob("*-v*.json")
    for path in json.loads(file.read_text())["paths"].values()
    for operation in path.values()
]
EXCEPTIONS = tomllib.loads((HERE / "schemathesis.toml").read_text())["operations"]


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda exception: str(next(iter(exception.values()))))
def test_an_exception_is_one_of_operations_that_there_are(exception):
    known = {
        "include-operation-id": {operation["operationId"] for operation in OPERATIONS},
        "include-tag": {tag for operation in OPERATIONS for tag in operation["tags"]},
    }

    (by,) = exception.keys() & known.keys()
    named = exception[by] if isinstance(exception[by], list) else [exception[by]]
    assert set(named) <= known[by]


def test_the_lock_names_versions_and_hashes_and_no_address_to_download_from():
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    locked = {name: package for name, package in packages.items() if name}

    assert all({"version", "integrity"} <= {*package} for package in locked.values())
    assert [name for name, package in locked.items() if "resolved" in package] == []
