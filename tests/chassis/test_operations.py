"""Long work, step by step: nothing is done twice, and nothing is lost."""

import pytest
from django.db import connections
from django.utils import timezone

from apps.orders.models import Operation, OutboxEvent
from chassis import operations
from chassis.operations import MOST_FAILURES, advance, begin, cancel, fail, locked, take
from chassis.problems import Forbidden, InvalidState
from chassis.service import Step
from chassis.signing import digest

pytestmark = pytest.mark.django_db
FACTS = {"owner": "usr_ana", "wishes": {}, "media_type": "text/plain"}


def counting(operation):
    """Three steps that write which they are."""
    number = operation.position.get("next", 1)
    return Step(f"{number};", number, 3, {"next": number + 1} if number < 3 else None)


def breaking(operation):
    Operation.objects.filter(pk=operation.pk).update(media_type="half of the work")
    raise ZeroDivisionError


def refusing(operation):
    raise Forbidden("Not this one")


KINDS = {"count": counting, "break": breaking, "refuse": refusing}


def steps(count):
    return [advance("orders", KINDS) for _ in range(count)]


def test_work_is_done_in_steps_and_its_pieces_are_the_result():
    operation = begin("orders", "count", **FACTS)

    assert steps(4) == [1, 1, 1, 0]

    operation.refresh_from_db()
    assert (operation.status, operation.steps_done, operation.steps_total) == ("succeeded", 3, 3)
    assert "".join(operation.result()) == "1;2;3;"
    assert operation.expires_at > operation.ended_at


def test_its_end_is_announced_once():
    operation = begin("orders", "count", **FACTS)

    steps(4)

    (event,) = OutboxEvent.objects.filter(stream=operation.id)
    assert (event.type, event.data["status"]) == ("operation.finished", "succeeded")


def test_two_operations_take_turns():
    first, second = (begin("orders", "count", **FACTS) for _ in range(2))

    steps(4)

    assert [Operation.objects.get(pk=one.pk).steps_done for one in (first, second)] == [2, 2]


def test_of_a_step_that_breaks_nothing_stays_and_it_is_tried_again_later():
    operation = begin("orders", "break", **FACTS)

    assert steps(2) == [1, 0]

    operation.refresh_from_db()
    assert (operation.status, operation.failures, operation.media_type) == ("pending", 1, "text/plain")
    assert operation.due_at > timezone.now()


def test_what_breaks_every_time_fails_and_tells_nothing_of_how():
    operation = begin("orders", "break", **FACTS)

    for _ in range(MOST_FAILURES):
        Operation.objects.update(due_at=timezone.now())
        steps(1)

    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "internal_error")
    assert "ZeroDivisionError" not in str(operation.problem)


def test_what_is_refused_fails_with_the_problem():
    operation = begin("orders", "refuse", **FACTS)

    steps(1)

    operation.refresh_from_db()
    assert (operation.status, operation.problem["detail"]) == ("failed", "Not this one")


def test_what_is_cancelled_goes_no_further_and_cancelling_twice_is_cancelling_once():
    operation = begin("orders", "count", **FACTS)
    steps(1)

    ended = [cancel("orders", operation.id).version for _ in range(2)]

    assert steps(1) == [0]
    assert ended[0] == ended[1]
    assert OutboxEvent.objects.filter(stream=operation.id).count() == 1


def test_what_has_succeeded_cannot_be_cancelled():
    operation = begin("orders", "count", **FACTS)
    steps(3)

    with pytest.raises(InvalidState):
        cancel("orders", operation.id)


def test_what_is_irrevocable_can_be_cancelled_until_it_is_begun():
    first, second = (begin("orders", "count", is_irrevocable=True, **FACTS) for _ in range(2))
    steps(1)

    with pytest.raises(InvalidState):
        cancel("orders", first.id)
    assert cancel("orders", second.id).status == "cancelled"


def test_a_job_of_the_service_keeps_what_its_steps_came_to():
    operation = begin("orders", "elsewhere", **FACTS)
    assert advance("orders", KINDS) == 0

    for number in (1, 2):
        take(locked("orders", operation.id), Step(f"{number};", number, 2, {} if number == 1 else None))

    operation.refresh_from_db()
    assert (operation.status, "".join(operation.result())) == ("succeeded", "1;2;")
    assert locked("orders", operation.id) is None


def test_a_job_of_the_service_ends_it_because_of_a_problem():
    operation = begin("orders", "elsewhere", **FACTS)

    fail(locked("orders", operation.id), Forbidden("Not this one"))

    operation.refresh_from_db()
    assert (operation.status, operation.problem["detail"]) == ("failed", "Not this one")


def test_a_newer_token_opens_it_and_the_one_before_does_not():
    operation = begin("orders", "count", **FACTS)

    first, second = operation.new_token(), operation.new_token()

    assert operation.token_digest == digest(second) != digest(first)


def test_what_mentions_somebody_is_forgotten_with_them():
    theirs, others = (begin("orders", "count", parts=[who], **FACTS) for who in ("ana_50%", "ana_500"))

    operations.forget_mentions("orders", [])
    operations.forget_mentions("orders", ["ana_50%", "usr_ana"])

    assert [*Operation.objects.all()] == [others]
    assert theirs != others


def test_what_it_reads_is_forgotten_when_it_has_ended():
    operation = begin("orders", "count", parts=["a", "b"], **FACTS)
    assert [operation.input(number) for number in (0, 1)] == ["a", "b"]

    steps(3)

    assert not operation.parts.filter(is_input=True).exists()


def test_it_is_forgotten_when_it_expires():
    operation = begin("orders", "count", **FACTS)
    steps(3)
    Operation.objects.update(expires_at=timezone.now())

    operations.forget("orders")

    assert not Operation.objects.filter(pk=operation.pk).exists()


def test_waiting_for_work_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1, connection=connections["orders"]):
        advance("orders", KINDS)
