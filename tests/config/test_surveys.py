"""The picture of the running product: who is where, who answers, and that nobody who hangs holds it up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import OperationalError, connections

from chassis import context
from chassis.topology import SERVICES
from config import lookouts, questions
from config.lookouts import Lookout
from config.surveys import lookout, survey_of

pytestmark = pytest.mark.django_db

LONGEST_SECONDS = 1.2


@pytest.fixture
def asked(monkeypatch):
    """What neighbours were asked; each answers after a moment."""
    seen = []

    def answer(service):
        seen.append(service)
        time.sleep(0.05)

    monkeypatch.setattr(questions, "_ask_neighbour", answer)
    return seen


@pytest.fixture
def stuck(monkeypatch):
    """Databases that do not answer before the test says so."""
    database = SimpleNamespace(asked=[], answers=threading.Event())

    def ask(service):
        database.asked.append(service)
        database.answers.wait(10)
        return 0

    monkeypatch.setattr(questions, "_ask_database", ask)
    yield database
    database.answers.set()


def timed_survey():
    started = time.monotonic()
    return lookout.look(), time.monotonic() - started


def by_service(survey):
    return {finding.service: finding for finding in survey.services}


def test_one_process_is_well_when_its_databases_answer():
    survey = lookout.look()

    assert [finding.service for finding in survey.services] == [*SERVICES]
    assert {(finding.is_here, finding.transport, finding.health.is_well) for finding in survey.services} == {
        (True, "in_process", True)
    }
    assert {finding.database for finding in survey.services} == {connections["orders"].vendor}
    assert survey.unwell == []


def test_a_neighbour_that_is_ready_is_well(hosting, well):
    hosting("users", orders=well, payments=well)

    orders = by_service(lookout.look())["orders"]

    assert (orders.is_here, orders.url, orders.transport, orders.database) == (False, well, "http", "")
    assert (orders.health.is_well, orders.health.reason, orders.health.waiting) == (True, "", None)


def test_a_dead_neighbour_is_not_well_and_the_reason_is_known(hosting, well, dead):
    hosting("users", orders=dead, payments=well)

    survey = lookout.look()

    assert survey.unwell == ["orders"]
    assert by_service(survey)["orders"].health.reason == "ConnectionError"


def test_a_neighbour_at_the_wrong_address_is_not_well(hosting, well):
    hosting("users", orders=well, payments=f"{well}/elsewhere")

    assert by_service(lookout.look())["payments"].health.reason == "404 not_found"


def test_neighbours_that_hang_are_asked_at_the_same_time_and_given_up(hosting, silent):
    hosting("users", orders=silent, payments=silent)

    survey, seconds = timed_survey()

    assert seconds < LONGEST_SECONDS
    assert survey.unwell == ["orders", "payments"]
    assert by_service(survey)["orders"].health.reason == "no answer in 0.7 s"
    assert by_service(survey)["users"].health.is_well


def test_a_request_in_a_hurry_does_not_hurry_what_all_are_shown(hosting, well):
    hosting("users", orders=well, payments=well)

    with context.entered(context.Context(deadline=time.monotonic())):
        survey = lookout.look()

    assert survey.unwell == []


def test_a_service_whose_database_is_gone_is_not_well(monkeypatch):
    def broken(connection):
        raise OperationalError("the disk is gone\nCheck the cable.")

    monkeypatch.setattr(type(connections["orders"]), "ensure_connection", broken)

    assert by_service(lookout.look())["orders"].health.reason == "OperationalError: the disk is gone"


def test_a_database_that_hangs_is_not_waited_for(stuck):
    survey, seconds = timed_survey()

    assert seconds < LONGEST_SECONDS
    assert survey.unwell == [*SERVICES]
    assert survey.services[0].health.reason == "no answer in 1.0 s"


def test_what_still_hangs_is_not_asked_again(stuck, monkeypatch):
    monkeypatch.setattr(lookout, "_patience", 0.05)
    monkeypatch.setattr(lookouts, "FRESH_SECONDS", 0)

    surveys_made = [lookout.look() for _ in range(3)]
    stuck.answers.set()
    last = lookout.look()

    assert [survey.unwell for survey in surveys_made] == [[*SERVICES]] * 3
    assert (sorted(stuck.asked), last.unwell) == (sorted(SERVICES), [])


def test_many_visitors_at_once_cost_one_survey(hosting, asked):
    hosting("users", orders="http://orders", payments="http://payments")

    with ThreadPoolExecutor(8) as visitors:
        pictures = [*visitors.map(lambda _: lookout.look(), range(40))]

    assert sorted(asked) == ["orders", "payments"]
    assert len({id(picture) for picture in pictures}) == 1


def test_a_survey_is_made_anew_when_it_is_a_second_old(hosting, asked, monkeypatch):
    hosting("users", orders="http://orders", payments="http://payments")
    lookout.look()

    monkeypatch.setattr(lookouts, "FRESH_SECONDS", 0)
    lookout.look()

    assert sorted(asked) == ["orders", "orders", "payments", "payments"]


@pytest.mark.django_db(transaction=True)
def test_announcements_that_are_not_yet_delivered_are_counted():
    events = apps.get_model("payments", "OutboxEvent")
    event = events.objects.create(stream="pay_1", number=1, type="payment.succeeded", data={})
    apps.get_model("payments", "Delivery").objects.create(event=event, stream="pay_1", number=1, subscriber="orders")

    found = by_service(lookout.look())

    assert (found["payments"].health.waiting, found["orders"].health.waiting) == (1, 0)


def test_without_a_valkey_none_is_missed(settings):
    settings.VALKEY_URL = ""

    assert lookout.look().valkey is None


def test_a_valkey_that_does_not_answer_is_not_well_and_keeps_its_password(settings, dead, silent):
    pictures = []
    for address in (dead, silent):
        settings.VALKEY_URL = address.replace("http://", "redis://:hidden@")
        pictures.append(Lookout(questions.questions, survey_of).look())

    assert [picture.unwell for picture in pictures] == [["valkey"], ["valkey"]]
    assert "hidden" not in repr(pictures)
