"""Files written as a test wants them, and a shop in memory."""

from pathlib import Path

import pytest

from demo.plans import make_plan
from demo.sheets import read_sheet
from tests.demo.days import HEADER, SMALL_DAY
from tests.demo.stand_ins import StandInShop


@pytest.fixture(scope="session")
def shipped_day() -> Path:
    return next((Path(__file__).parents[2] / "demo").glob("*.csv"))


@pytest.fixture
def written(tmp_path):
    """Writes a day's file of these lines, in whatever form a spreadsheet might."""

    def write(*lines, header=HEADER, encoding="utf-8", end="\n"):
        path = tmp_path / "day.csv"
        path.write_bytes(end.join([header, *lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture
def planned(written):
    """The plan of these lines."""

    def plan(*lines, first=None, **form):
        return make_plan(read_sheet(written(*lines, **form)), first)

    return plan


@pytest.fixture
def small_day(written):
    return written(*SMALL_DAY)


@pytest.fixture
def shop():
    return StandInShop()
