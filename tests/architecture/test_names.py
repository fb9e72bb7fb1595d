"""Names that say something, and sizes that fit in one look."""

import ast
import sys

import pytest

from deploy.processes import BASE

ROOTS = ("apps", "chassis", "clients", "config", "demo", "deploy", "tests")
FILES = [file for root in ROOTS for file in sorted((BASE / root).rglob("*.py"))]
WRITTEN = [file for file in FILES if file.parent.name != "migrations"]
OURS = [file for file in WRITTEN if file.relative_to(BASE).parts[0] != "tests"]
EMPTY_WORDS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "managers",
    "handlers",
    "core",
    "shared",
}
# Modules whose behaviour is another module's, and is tested there.
TESTED_ELSEWHERE = {
    "announcements": "what outbox and inbox pass on",
    "countries": "a list",
    "followers": "what orders' long work is followed with",
    "common_invariants": "broken one by one in tests/invariants",
    "responses": "what views show",
    "trails": "audits, as orders lists them",
    "webhook_shapes": "what webhook_routes reads and shows",
}


def test_no_file_has_a_name_that_says_nothing():
    names = {file: file.stem for file in FILES} | {file.parent: file.parent.name for file in FILES}

    assert [str(file.relative_to(BASE)) for file, name in names.items() if name in EMPTY_WORDS] == []


def test_nothing_at_the_top_is_named_like_a_module_of_python():
    tops = {file.stem for file in BASE.glob("*.py")} | {file.name for file in BASE.iterdir() if file.is_dir()}

    assert tops & sys.stdlib_module_names == set()


@pytest.mark.parametrize(
    "module", [file.stem for file in sorted((BASE / "chassis").glob("*.py")) if file.stem != "__init__"]
)
def test_a_part_of_the_chassis_has_tests_of_its_own(module):
    has_tests = (BASE / "tests" / "chassis" / f"test_{module}.py").exists()

    assert has_tests or module in TESTED_ELSEWHERE


def test_no_file_is_longer_than_four_hundred_lines():
    lengths = {str(file.relative_to(BASE)): len(file.read_text().splitlines()) for file in WRITTEN}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_functions_fit_in_one_look():
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for file in OURS
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    )

    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25
