"""What was released stays: the build fails when a version breaks its clients."""

from copy import deepcopy

import pytest

from tests.contracts.__main__ import main
from tests.contracts.documents import public, read_documents
from tests.contracts.released import RELEASED, broken_promises, release
from tests.contracts.seeds import DOCUMENT, REFUNDS

BROKEN = f"payments v1: GET {REFUNDS}: is gone"


@pytest.fixture
def present():
    return public(read_documents())


@pytest.fixture
def broken(present):
    """The documents after somebody has removed an operation."""
    changed = deepcopy(present)
    del changed[DOCUMENT]["paths"][REFUNDS]["get"]
    return changed


@pytest.fixture
def folder(tmp_path, present):
    """Where the present documents were released."""
    release(present, tmp_path / "released")
    return tmp_path / "released"


def test_the_api_keeps_what_was_released(present):
    assert broken_promises(read_documents(RELEASED), present) == []


def test_what_breaks_a_released_version_is_said_with_its_name(present, broken):
    assert broken_promises(present, broken) == [BROKEN]


def test_a_version_that_is_new_has_promised_nothing(present, broken):
    released = {name: document for name, document in present.items() if name != DOCUMENT}

    assert broken_promises(released, broken) == []


def test_a_version_that_was_released_cannot_vanish(present):
    kept = {name: document for name, document in present.items() if name != DOCUMENT}

    assert broken_promises(present, kept) == ["payments v1: is gone"]


def test_nothing_is_released_that_breaks_what_was(folder, present, broken):
    assert release(broken, folder) == [BROKEN]
    assert read_documents(folder) == present


def test_unless_it_is_said_so(folder, broken):
    kept = {name: document for name, document in broken.items() if name != "users-v1"}

    assert release(kept, folder, even_if_it_breaks=True) == []
    assert read_documents(folder) == kept


def test_what_only_services_reach_is_promised_to_nobody_else(present):
    assert "users-internal-v1" in read_documents()
    assert [name for name, document in present.items() if "/internal/" in str(document["paths"].keys())] == []


def test_the_check_says_what_is_kept(capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "The API keeps what was released, and its clients find what they read\n"
