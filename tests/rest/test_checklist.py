"""The checklist is true: each row has a test that is there, or a reason in the record of decisions."""

import ast
import re
from functools import lru_cache
from itertools import chain

import pytest

from deploy.processes import BASE
from tests.rest.checklist import DECISION, ROWS
from tests.rest.traps import CRASHES, SILENTLY_TAKEN

EXCUSED_ROWS = re.compile(r"^\| ((?:[A-I]\d+(?:, )?)+) \|", re.MULTILINE)
EXCUSED = {row_id for cell in EXCUSED_ROWS.findall((BASE / DECISION).read_text()) for row_id in cell.split(", ")}
NAMED = sorted({*chain(*(row.tests for row in ROWS.values())), *CRASHES.values(), *SILENTLY_TAKEN.values()})


@pytest.mark.parametrize("test", NAMED)
def test_a_test_that_is_named_is_there(test):
    file, _, name = test.partition("::")

    assert name in names_in(file)


def test_every_row_has_a_test_or_a_reason_why_not():
    shown = {row_id for row_id, row in ROWS.items() if row.tests}

    assert {*ROWS} - shown - EXCUSED == set()


def test_every_reason_is_for_a_row_of_the_checklist():
    assert EXCUSED - {*ROWS} == set()


@lru_cache
def names_in(file):
    """The names of the tests of a file."""
    path = BASE / file
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
