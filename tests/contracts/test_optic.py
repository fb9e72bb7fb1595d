"""The second opinion, and how it is installed."""

import json
import subprocess

import pytest

from tests.contracts import optic
from tests.contracts.demonstrations import caught_by_optic, score

LOCK = json.loads((optic.PACKAGE / "package-lock.json").read_text())


def ended(status, printed):
    return subprocess.CompletedProcess([], status, printed, "")


def test_its_lock_names_every_package_by_hash_and_no_address_to_get_it_from():
    packages = [package for path, package in LOCK["packages"].items() if path]

    assert [package for package in packages if "resolved" in package] == []
    assert [package for package in packages if "integrity" not in package and not package.get("inBundle")] == []


def test_it_objects_or_not_and_anything_else_is_a_crash():
    assert optic._is_objection(ended(1, "cannot remove an operation. This is a breaking change."))
    assert not optic._is_objection(ended(0, "No changes"))
    with pytest.raises(RuntimeError, match="optic ended with 1: no such file"):
        optic._is_objection(ended(1, "no such file"))


def test_without_npm_it_is_not_there(monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert not optic.is_there()


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.skipif(not optic.PROGRAM.exists(), reason="'make contracts' installs it where npm is")
def test_it_catches_most_of_what_we_catch():
    assert score(caught_by_optic()) == "8 of 10 caught, 2 of 2 harmless ones let pass"
