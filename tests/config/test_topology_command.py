"""`manage.py topology`: the survey and the service map in a terminal."""

import json
import re
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from chassis.topology import SERVICES

pytestmark = pytest.mark.django_db

PAYS, PAY = "POST /v1/payments", "POST /v2/orders/{id}/pay"
SURPRISE = "GET /v2/orders/{id}"


@pytest.fixture(autouse=True)
def nobody_serves(settings, dead):
    """The product is not running, unless the test says so."""
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url=dead)


@pytest.fixture
def running(settings, elsewhere):
    """It runs in one process, which saw what the test says: `running()`."""

    def run():
        elsewhere.hosts(*SERVICES)
        settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url=elsewhere.url)

    return run


@pytest.fixture
def printed(capsys):
    """What the command prints, and what it complains of."""

    def run(*words, **options):
        complaint = ""
        try:
            call_command("topology", *words, **options)
        except CommandError as refusal:
            complaint = str(refusal)
        return capsys.readouterr().out, complaint

    return run


def test_the_topology_is_drawn_as_a_table(printed):
    text, complaint = printed()

    assert complaint == ""
    assert text.count(f"  {connections['orders'].vendor}  ") == 3
    assert re.findall(r"^(\w+) +here +in process +well +\d+ +\w+ +\d+$", text, re.MULTILINE) == [*SERVICES]
    assert "Valkey: none" in text


def test_who_is_not_well_is_named(hosting, dead, printed):
    hosting("users", orders=dead, payments=dead)

    text, complaint = printed()

    assert complaint == "not well: orders, payments"
    assert re.search(rf"^orders +{dead} +http +not well +\d+ +- +-$", text, re.MULTILINE)
    assert "orders: ConnectionError" in text


def test_a_complaint_is_an_exit_status(hosting, dead):
    hosting("users", orders=dead, payments=dead)

    with pytest.raises(CommandError) as refusal:
        call_command("topology")

    assert refusal.value.returncode == 1


def test_where_nobody_serves_nothing_is_made_up(printed):
    text, complaint = printed()

    assert re.findall(r"^(\w+) does not tell what it saw: ConnectionError", text, re.MULTILINE) == [*SERVICES]
    assert ("Calls made by" in text, complaint) == (False, "")


def test_calls_that_a_running_server_saw_are_printed(running, saw, printed):
    saw("orders", "payments", PAYS, "201", times=2)
    saw("orders", "payments", PAYS, "timed_out")
    running()

    text, complaint = printed()

    assert re.search(rf"^payments +{PAYS} +in process +3 +2\.0 +2\.0 +0 +1 +failing, timed_out: 1$", text, re.MULTILINE)
    assert re.search(r"^payments +GET /v1/payments/{id} +never seen +0 +- +- +0 +0$", text, re.MULTILINE)
    assert re.findall(r"^(\w+) +users, orders, payments +9\.9 +v1(?:, v2)? +7 ", text, re.MULTILINE) == [*SERVICES]
    assert complaint == ""


def test_a_call_that_is_not_declared_is_marked_and_complained_of(running, saw, printed):
    saw("payments", "orders", SURPRISE)
    running()

    text, complaint = printed()

    assert re.search(r"^orders +GET /v2/orders/{id} +in process .* not declared$", text, re.MULTILINE)
    assert complaint == "not declared: payments → orders GET /v2/orders/{id}"


def test_colour_adds_nothing_to_the_words(running, saw, printed):
    saw("payments", "orders", SURPRISE)
    running()

    (plain, _), (coloured, _) = printed(no_color=True), printed(force_color=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_programs_read_the_same(hosting, dead, printed):
    hosting("users", orders=dead, payments=dead)

    seen = json.loads(printed("--json")[0])

    assert [service["service"] for service in seen["services"]] == [*SERVICES]
    assert [service["health"]["is_well"] for service in seen["services"]] == [True, False, False]
    assert (seen["unwell"], seen["valkey"], seen["services"][1]["url"]) == (["orders", "payments"], None, dead)


def test_programs_read_all_of_the_map(running, saw, answered, printed):
    saw("payments", "orders", SURPRISE)
    answered("orders", PAY, payments=1)
    running()

    seen = json.loads(printed("--json")[0])

    assert seen["undeclared"] == ["payments → orders GET /v2/orders/{id}"]
    assert seen["alarms"] == ["payments → orders: not declared"]
    assert {call["neighbour"] for call in seen["map"]["calls"] if call["count"]} == {"orders"}
    assert seen["map"]["remote_milliseconds"] == 4.0
    assert seen["map"]["splits"][1]["routes"][0]["predicted_p50"] == 9.0


def test_what_a_split_would_cost_is_printed_for_each_service(running, saw, answered, printed):
    saw("orders", "payments", PAYS)
    answered("orders", PAY, payments=1)
    running()

    text, complaint = printed("--split")

    assert re.findall(r"^(users|orders|payments)$", text, re.MULTILINE) == [*SERVICES]
    assert "A call over HTTP costs 4.0 ms here" in text
    assert re.findall(rf"^{re.escape(PAY)} +1 +1 +1 +1 +5\.0 +4\.0 +9\.0$", text, re.MULTILINE)
    assert "Calls that would leave the process: orders → payments POST /v1/payments." in text
    assert complaint == ""


def test_one_service_can_be_asked_about(running, printed):
    running()

    text, _ = printed("--split", "orders")

    assert re.findall(r"^(users|orders|payments)$", text, re.MULTILINE) == ["orders"]


def test_a_token_of_a_service_is_shown_to_running_servers_and_nobody_else_tells(settings, well, printed):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url=f"{well}/elsewhere")

    text, _ = printed()

    assert re.findall(r"^(\w+) does not tell what it saw: it answered 404", text, re.MULTILINE) == [*SERVICES]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_serves_tells_the_command(settings, well, printed):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url=well)

    text, _ = printed()

    assert "does not tell" not in text
    assert len(re.findall(r"^\w+ +users, orders, payments +\S+ +v1", text, re.MULTILINE)) == 3
