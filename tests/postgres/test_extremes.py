"""No number and no text, wherever it is put, breaks a service; and both databases answer it with the same words."""

import pytest

from tests.postgres import extremes

pytestmark = [pytest.mark.prove, pytest.mark.django_db(transaction=True)]


def answers(askers, questions):
    """Each question, with what it is answered on PostgreSQL and where the other tests run."""
    return [(str(question), *(asker.of(question).said for asker in askers)) for question in questions]


@pytest.mark.parametrize(
    "questions",
    [extremes.numbers_in_bodies, extremes.texts_in_bodies, extremes.in_addresses, extremes.in_headers],
    ids=["numbers in bodies", "texts in bodies", "in addresses", "in headers"],
)
def test_whatever_is_too_much_is_answered_alike_on_both_databases_and_breaks_neither(askers, questions):
    answered = answers(askers, questions())

    assert len(answered) > 40
    assert [answer for answer in answered if answer[1][0] >= 500] == []
    assert [answer for answer in answered if answer[1] != answer[2]] == []


def test_a_number_that_no_column_holds_is_refused_wherever_it_stands(askers):
    answered = answers(askers, extremes.numbers_in_bodies(beyond=2**62))

    assert {status for _, (status, _), _ in answered} <= {400, 404}


def test_a_text_that_no_database_keeps_is_refused_wherever_it_stands(askers):
    answered = answers(askers, extremes.texts_in_bodies(only=extremes.NOT_KEPT))

    assert {said for _, said, _ in answered} == {(400, "invalid_request")}
