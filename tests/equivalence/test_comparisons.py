"""The comparison itself: what it forgives, and what it does not."""

from tests.equivalence import plants
from tests.equivalence.differences import differences, steps_that_differ
from tests.equivalence.placeholders import Placeholders
from tests.equivalence.planted import FAULTS
from tests.equivalence.recording import Recording
from tests.topologies.shapes import NINE

ONE, OTHER = "ord_01k9z3v8q0e5r7t2y4w6a8b1c3", "ord_01k9z3v8q0e5r7t2y4w6a8b1c4"


def recorded(body, **rows):
    return Recording(steps=[{"step": "asked", "body": body}], rows=rows)


def test_there_are_nine_topologies():
    names = [shape.name for shape in NINE]

    assert len(set(names)) == 9
    assert [names[0], names[1], names[-1]] == ["one process", "one process, over HTTP", "users | orders | payments"]


def test_the_same_id_is_the_same_placeholder_wherever_it_stands():
    placeholders = Placeholders("http://shop.example")

    found = placeholders.of({"id": ONE, "other": OTHER, "link": f"http://shop.example/v1/orders/{ONE}/pay"})

    assert found == {"id": "{ord 1}", "other": "{ord 2}", "link": "{shop}/v1/orders/{ord 1}/pay"}


def test_an_address_that_is_not_the_shops_is_kept():
    placeholders = Placeholders("http://127.0.0.1:8000")

    assert placeholders.of("http://127.0.0.1:8001/v1") == "http://127.0.0.1:8001/v1"


def test_times_are_alike_only_if_they_are_written_alike():
    placeholders = Placeholders("http://shop.example")
    times = ["2026-01-31T12:00:00.123Z", "2026-02-01T00:00:00.000Z", "2026-01-31T12:00:00+00:00"]

    first, second, third = placeholders.of(times)

    assert first == second != third


def test_a_difference_is_told_with_its_place_and_both_values():
    expected, found = recorded({"order": {"status": "confirmed"}}), recorded({"order": {"status": "cancelled"}})

    lines = differences(expected, found)

    assert lines == ['asked → /body/order/status: "confirmed" ≠ "cancelled"']


def test_true_is_not_one_and_a_missing_member_is_not_null():
    expected, found = recorded({"count": 1, "reason": None}), recorded({"count": True})

    lines = differences(expected, found)

    assert lines == ["asked → /body/count: 1 ≠ true", "asked → /body/reason: null ≠ (nothing)"]


def test_rows_are_compared_whatever_their_order():
    expected, found = recorded({}, orders=[{"a": 1}, {"a": 2}]), recorded({}, orders=[{"a": 2}, {"a": 1}])

    assert differences(expected, found) == []


def test_a_row_too_many_is_a_difference():
    expected, found = recorded({}, orders=[{"a": 1}]), recorded({}, orders=[{"a": 1}, {"a": 1}])

    assert steps_that_differ(expected, found) == ["rows of orders"]


def test_a_script_that_ends_early_is_a_difference():
    expected = Recording(steps=[{"step": "first"}, {"step": "second"}])

    assert steps_that_differ(expected, Recording(steps=[{"step": "first"}])) == ["second"]


def test_every_fault_that_is_named_can_be_planted():
    missing = [name for name in FAULTS if not callable(getattr(plants, name.replace(" ", "_"), None))]

    assert missing == []
