"""The commands that people type, where they differ from Django's."""

import json
import subprocess
from dataclasses import replace

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

import manage
from chassis.documents import openapi
from chassis.topology import SERVICES
from config.accounts import DEMO_ACCOUNTS
from config.management.commands import openapi as openapi_command
from config.management.commands import runserver
from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment
from tests.topologies.templates import ADMIN as FIRST_ADMIN
from tests.topologies.templates import template

ELSEWHERE = "http://127.0.0.1:9"


@pytest.fixture
def over_http(settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, transport="http")


def rows(service, query):
    return [value for row in template("sqlite").store.select(service, query) for value in row.values()]


def test_nothing_is_said_against_how_the_process_is_put_together():
    assert run_checks() == []


def test_one_migrate_makes_every_services_database_and_no_other():
    tables = {service: template("sqlite").store.tables(service) for service in SERVICES}

    assert {file.name for file in template("sqlite").folder.glob("*.sqlite3")} == {
        f"{service}.sqlite3" for service in SERVICES
    }
    for service in SERVICES:
        others = tuple(f"{other}_" for other in SERVICES if other != service)
        assert f"{service}_outboxevent" in tables[service]
        assert not [table for table in tables[service] if table.startswith(others)]


def test_a_superuser_is_an_account_of_users_with_the_role_admin():
    assert rows("users", "SELECT email FROM users_user") == [FIRST_ADMIN[0]]
    assert [json.loads(roles) for roles in rows("users", "SELECT roles FROM users_user")] == [["admin"]]


def test_a_process_without_users_makes_no_superuser(tmp_path):
    urls = {"PUBLIC_URL": ELSEWHERE, "USERS_URL": ELSEWHERE, "PAYMENTS_URL": ELSEWHERE}
    here = environment(SERVICES="orders", DEBUG="true", VAR_DIR=str(tmp_path), **urls)

    made = subprocess.run(
        [PYTHON, "manage.py", "createsuperuser"], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )

    assert made.returncode == 1
    assert made.stderr.startswith("createsuperuser: accounts are kept by users")


@pytest.mark.usefixtures("over_http")
def test_one_thread_does_not_serve_a_process_that_calls_itself(monkeypatch):
    monkeypatch.setattr(runserver.runserver.Command, "inner_run", lambda *_, **__: pytest.fail("it serves"))

    with pytest.raises(CommandError, match="--nothreading"):
        call_command("runserver", "0", "--nothreading", "--noreload")


@pytest.mark.django_db
def test_the_first_look_has_the_two_accounts_it_prints(api, capsys, settings):
    settings.DEBUG = True
    call_command("demo_accounts")
    call_command("demo_accounts")

    printed = capsys.readouterr().out
    for email, password, role in DEMO_ACCOUNTS:
        answer = api.post("/v1/tokens", {"email": email, "password": password})
        me = api.get("/v1/users/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
        assert me.json()["roles"] == [role]
        assert f"{role}: {email} / {password}" in printed


def test_the_first_look_is_for_development_only(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG=true"):
        call_command("serve")


def test_accounts_whose_passwords_everybody_knows_are_for_development_only(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG=true"):
        call_command("demo_accounts")


def test_the_first_look_needs_all_three_services(settings):
    settings.DEBUG, settings.TOPOLOGY = True, replace(settings.TOPOLOGY, hosted=("users", "orders"))

    with pytest.raises(CommandError, match="all three services"):
        call_command("serve")


def test_the_api_documents_are_what_the_code_says(capsys):
    call_command("openapi", "--check")

    assert capsys.readouterr().err == ""


def test_an_api_document_that_fell_behind_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(openapi_command, "BASE", tmp_path)
    call_command("openapi")
    (tmp_path / "docs" / "api" / "orders-v1.json").write_text("{}\n")

    with pytest.raises(CommandError, match=r"^docs/api/orders-v1\.json is not what the code says"):
        call_command("openapi", "--check")


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_document_tells_of_its_own_service_alone(service):
    document = openapi(service, "v1")

    assert document["openapi"].startswith("3.1")
    assert document["paths"]
    assert [path for path in document["paths"] if not path.startswith("/v1/")] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_may_answer_with_a_problem(service):
    document = openapi(service, "v1")

    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert {operation["responses"]["default"]["$ref"] for operation in operations} == {"#/components/responses/problem"}


@pytest.mark.parametrize(
    ("typed", "port"),
    [
        ("runserver 8003", "8003"),
        ("runserver 0.0.0.0:8003", "8003"),
        ("serve 8123", "8123"),
        ("runserver --noreload 8003", "8003"),
        ("runserver", ""),
        ("runserver localhost", ""),
        ("migrate orders", ""),
        ("", ""),
    ],
)
def test_links_name_the_port_that_was_typed(typed, port):
    assert manage._port(["manage.py", *typed.split()]) == port


# Faults


def test_faults_are_told_in_words(tmp_path, capsys):
    file = tmp_path / "faults.json"
    refunds = {"caller": "orders", "neighbour": "payments", "method": "POST", "route": "/v1/payments/{id}/refunds"}
    file.write_text(
        json.dumps(
            {
                "seed": 7,
                "down": ["users"],
                "crash": ["/v1/quotes"],
                "faults": [
                    {**refunds, "kind": "error_after", "share": 0.5, "times": 3},
                    {"neighbour": "users", "kind": "delay", "seconds": 0.3},
                ],
            }
        )
    )

    call_command("faults", str(file))

    assert capsys.readouterr().out.splitlines() == [
        "users is down: nothing reaches it",
        "views under /v1/quotes crash",
        "orders → payments, POST /v1/payments/{id}/refunds: error after, 50% of the tries by seed 7, 3 times at most",
        "anybody → users, whatever is asked: delay of 0.3 s",
    ]


def test_where_no_fault_is_planned_that_is_said(capsys):
    call_command("faults")

    assert capsys.readouterr().out == "Nothing is planned to go wrong.\n"


def test_a_wrong_plan_of_faults_is_an_error_that_says_what_is_wrong(tmp_path, capsys):
    file = tmp_path / "faults.json"
    file.write_text('{"faults": [{"neighbour": "payments", "kind": "explode"}]}')

    with pytest.raises(CommandError, match=r"faults\.json: .*'explode' - at `\$\.faults\[0\]\.kind`"):
        call_command("faults", str(file), "--check")

    file.write_text('{"faults": [{"neighbour": "payments", "kind": "duplicate"}]}')
    call_command("faults", str(file), "--check")
    assert capsys.readouterr().out == ""


def test_no_process_starts_with_a_wrong_plan_of_faults(tmp_path):
    file = tmp_path / "faults.json"
    file.write_text('{"down": ["billing"]}')
    here = environment(DEBUG="true", VAR_DIR=str(tmp_path), FAULTS_FILE=str(file))

    started = subprocess.run(
        [PYTHON, "manage.py", "check"], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )

    assert started.returncode == 1
    assert started.stderr.strip() == (
        f"FAULTS_FILE is wrong: {file}: there is no service 'billing', only users, orders, payments"
    )
