"""The service map as a drawing: everything has a place of its own on the sheet."""

from itertools import combinations

import pytest

from chassis.topology import SERVICES
from config.drawings import CORNERS, FLIGHTS, HEIGHT, WIDTH, drawing
from config.maps import cartographer
from config.surveys import lookout
from tests.topologies.shapes import PARTITIONS

pytestmark = pytest.mark.django_db


@pytest.fixture(params=PARTITIONS, ids=str)
def drawn(request, hosting, elsewhere):
    """The drawing of a grouping: the first process is this one, the others tell over HTTP."""
    first, *others = request.param
    for group in others:
        elsewhere.hosts(*group)
    hosting(*first, **{service: elsewhere.url for group in others for service in group})
    return drawing(lookout.look(), cartographer.look())


def holds(frame, box):
    within_x = frame.x < box.x and box.x + box.width < frame.x + frame.width
    return within_x and frame.y < box.y and box.y + box.height < frame.y + frame.height


def overlaps(one, other):
    beside = one.x + one.width < other.x or other.x + other.width < one.x
    return not (beside or one.y + one.height < other.y or other.y + other.height < one.y)


def test_each_process_frames_its_own_services_and_no_other(drawn):
    frames = {process.name: process.at for process in drawn.processes}
    boxes = {box.name: box.at for box in drawn.boxes}

    held = {name: {box for box, at in boxes.items() if holds(frame, at)} for name, frame in frames.items()}
    touched = {name: {box for box, at in boxes.items() if overlaps(frame, at)} for name, frame in frames.items()}

    assert held == touched
    assert sorted(box for group in held.values() for box in group) == sorted(SERVICES)


def test_everything_is_on_the_sheet(drawn):
    corners = [(one.at.x, one.at.y, one.at.x + one.at.width, one.at.y + one.at.height) for one in drawn.processes]

    assert all(left >= 0 and top >= 0 and right <= WIDTH and bottom <= HEIGHT for left, top, right, bottom in corners)


def test_no_two_arrows_share_a_line():
    lines = [{(x1, y1), (x2, y2)} for x1, y1, x2, y2, *_ in FLIGHTS.values()]

    assert [pair for pair in combinations(lines, 2) if pair[0] & pair[1]] == []
    assert {*CORNERS} == {service for pair in FLIGHTS for service in pair}
