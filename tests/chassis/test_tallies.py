"""What is counted of calls and requests of one kind."""

import json

import pytest

from chassis.tallies import SAMPLE, CallKind, RequestKind, RequestTally, Tally, Traffic, together

PAID = CallKind("orders", "payments", "POST", "/v1/payments", "in_process")
PAY = RequestKind("orders", "POST", "/v2/orders/{id}/pay")


def tally(*milliseconds, **about):
    made = Tally(count=len(milliseconds), **about)
    made.latest.extend(int(one * 1000) for one in milliseconds)
    return made


def test_half_of_the_calls_take_no_longer_than_the_p50_and_nearly_all_than_the_p95():
    seen = tally(*range(1, 101))

    assert (seen.p50, seen.p95) == (51.0, 96.0)


def test_what_was_never_seen_takes_no_time_that_is_known():
    assert (Tally().p50, Tally().p95) == (None, None)


def test_only_the_last_ones_count_for_how_long_it_takes():
    seen = tally(*[1000] * SAMPLE, *[1] * SAMPLE)

    assert (seen.count, len(seen.latest), seen.p95) == (2 * SAMPLE, SAMPLE, 1.0)


def test_a_refusal_is_no_failure():
    seen = tally(1, 1, outcomes={"404": 2, "timed_out": 3, "500": 1})

    assert (seen.refused, seen.failed) == (2, 4)


def test_what_two_processes_saw_is_added_up():
    one, other = tally(1, outcomes={"404": 1}, failed_at=5.0), tally(3, 3, outcomes={"404": 1, "500": 1})

    whole = together([one, other])

    assert (whole.count, whole.outcomes, whole.failed_at, whole.p50) == (3, {"404": 2, "500": 1}, 5.0, 3.0)


def test_the_most_calls_of_one_request_stay_the_most():
    whole = RequestTally(count=2, most=4, calls_to={"users": 5})

    whole.add(RequestTally(count=1, most=2, calls_to={"users": 1, "payments": 1}))

    assert (whole.calls, whole.most, whole.calls_to) == (7, 4, {"users": 6, "payments": 1})


def test_traffic_comes_through_json_as_it_was():
    seen = Traffic(
        {PAID: tally(2)}, {PAY: RequestTally(count=1, most=1, calls_to={"payments": 1})}, [{"neighbour": "users"}]
    )

    assert Traffic.of_json(json.loads(json.dumps(seen.as_json()))).as_json() == seen.as_json()


@pytest.mark.parametrize("told", [{}, {"calls": [{}], "requests": [], "breakers": []}, []])
def test_what_is_no_traffic_is_not_taken_for_any(told):
    with pytest.raises((KeyError, TypeError)):
        Traffic.of_json(told)
