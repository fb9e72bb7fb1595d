"""Where a request belongs in its trace, as headers say it."""

import pytest

from chassis.traceparents import LONGEST_STATE, Trace, new_trace, read_trace

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{ID}-{SPAN}-01"


def test_a_trace_is_read_and_written_alike():
    trace = read_trace(GIVEN, "vendor=1, other@tenant=x y")

    assert trace == Trace(ID, SPAN, "01", "vendor=1,other@tenant=x y")
    assert trace.headers() == {"traceparent": GIVEN, "tracestate": "vendor=1,other@tenant=x y"}


@pytest.mark.parametrize(
    "given",
    [
        "",
        GIVEN.upper(),
        f"00-{ID}-{SPAN}",
        f"00-{ID}-{SPAN}-1",
        f"00-{ID}-{SPAN}-01-more",
        f"00-{ID}-{SPAN}-01 ",
        f"00-{ID}-{SPAN}-01\n",
        f"ff-{ID}-{SPAN}-01",
        f"0-{ID}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"00-{ID[:-1]}g-{SPAN}-01",
        f"{GIVEN},{GIVEN}",
    ],
)
def test_what_is_not_as_the_standard_says_begins_no_trace_of_ours(given):
    assert read_trace(given) is None


def test_a_later_version_is_read_as_far_as_this_one_goes():
    assert read_trace(f"cc-{ID}-{SPAN}-01-what-will-be") == Trace(ID, SPAN, "01")
    assert read_trace(f"cc-{ID}-{SPAN}-01.what-will-be") is None


def test_flags_that_nobody_knows_are_not_passed_on():
    assert read_trace(f"00-{ID}-{SPAN}-ff").flags == "03"


@pytest.mark.parametrize(
    "state",
    [
        "no-value",
        "UPPER=1",
        "a=1,a=2",
        "a=1=2",
        ",".join(f"k{number}=1" for number in range(33)),
        "k=" + "x" * 200 + ",l=" + "x" * 200 + ",m=" + "x" * (LONGEST_STATE - 400),
    ],
)
def test_a_state_that_cannot_be_read_is_forgotten_and_its_trace_goes_on(state):
    assert read_trace(GIVEN, state) == Trace(ID, SPAN, "01")


def test_a_child_is_another_span_of_the_same_trace():
    parent = new_trace()

    child = parent.child()

    assert (child.trace_id, child.flags) == (parent.trace_id, parent.flags)
    assert child.span_id != parent.span_id
    assert read_trace(child.traceparent) == child


def test_each_trace_has_an_id_of_its_own():
    assert len({new_trace().trace_id for _ in range(100)}) == 100
