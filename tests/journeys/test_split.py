"""`make split`: three services, three PostgreSQL databases, workers, Valkey and the gateway, in one command."""

import json
import os
import signal
import subprocess

import pytest
import requests

from deploy.processes import BASE, PYTHON, wait_until
from tests.demo.sums import expected_sums
from tests.journeys.splits import is_alive, is_free, split
from tests.journeys.test_day import DAY, sums
from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.environments import environment

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("split")]

PARTS = {"postgres", "valkey", "gateway", "users", "orders", "payments"}
WORKERS = {"users worker", "orders worker", "payments worker"}


@pytest.fixture(scope="module")
def shop():
    """One split for the tests of this module, in their order: the last one ends it."""
    with split() as started:
        yield started


def test_every_part_runs_and_is_named_with_its_process(shop):
    assert set(shop.processes) >= PARTS | WORKERS
    assert all(map(is_alive, shop.processes.values()))


def test_prometheus_is_told_where_every_server_and_worker_is(shop):
    told = json.loads((shop.folder / "split" / "targets.json").read_text())

    answers = {one["labels"]["part"]: requests.get(f"http://{one['targets'][0]}/livez", timeout=10) for one in told}

    assert set(answers) == {"users", "orders", "payments"} | WORKERS
    assert {answer.status_code for answer in answers.values()} == {200}


@pytest.mark.prove
def test_a_morning_of_trading_comes_to_what_the_file_says(shop):
    command = [PYTHON, "-m", "demo", str(DAY), "--url", shop.url, "--json", "--quiet", "--first", "8"]

    traded = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)

    assert traded.returncode == 0, traded.stderr
    assert sums(json.loads(traded.stdout)) == expected_sums(DAY, 8)


def test_a_second_split_of_the_same_folder_is_refused(shop):
    here = environment(VAR_DIR=str(shop.folder), PUBLIC_URL="http://127.0.0.1:9", DEBUG="true")

    refused = subprocess.run(
        [PYTHON, "-m", "deploy.split"], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "a split is running already" in refused.stderr


def test_a_killed_service_takes_only_its_own_paths_with_it_and_the_journey_goes_on(shop):
    product = stocked(shop, "killed", 5)
    placed = ask(shop, "POST", "/v1/orders", json=order_of(product), headers=key("placed")).json()
    token, order = {"X-Order-Token": placed["guest_token"]}, f"/v1/orders/{placed['id']}"

    os.kill(shop.processes["orders"], signal.SIGKILL)
    away = once(503, shop, order)
    others = {path: ask(shop, "GET", path).status_code for path in ("/v1/providers", "/session", "/livez")}
    back = once(200, shop, order, headers=token)
    paid = ask(shop, "POST", f"{order}/pay", json={}, headers={**token, **key("paid")})

    assert away.headers["Content-Type"].startswith("application/problem+json")
    assert (away.json()["code"], int(away.headers["Retry-After"]) > 0) == ("dependency_unavailable", True)
    assert others == {"/v1/providers": 200, "/session": 200, "/livez": 200}
    assert (back.json()["status"], paid.status_code) == ("pending_payment", 201)


def test_ctrl_c_leaves_no_process_and_no_port_behind(shop):
    processes, ports = list(shop.processes.values()), shop.ports

    status = shop.interrupt()

    assert status == 0, shop.said
    assert [pid for pid in processes if is_alive(pid)] == []
    assert [port for port in ports if not is_free(port)] == []


@pytest.mark.prove
def test_when_the_database_dies_everything_ends_and_says_why():
    with split("users,orders|payments") as shop:
        processes, ports = list(shop.processes.values()), shop.ports
        ready = requests.get(f"{shop.url}/readyz", timeout=10).json()

        os.kill(shop.processes["postgres"], signal.SIGKILL)
        status = shop.ended()

        assert set(shop.processes) >= {"users+orders", "payments"}
        assert ready["status"] == "ready"
        assert (status, "postgres ended by itself" in shop.said) == (1, True)
        assert [pid for pid in processes if is_alive(pid)] == []
        assert [port for port in ports if not is_free(port)] == []


def once(status, shop, path, **options):
    """The answer to a GET, once it has this status."""
    seen = []
    wait_until(lambda: seen.append(ask(shop, "GET", path, **options)) or seen[-1].status_code == status, what=status)
    return seen[-1]


def key(name):
    return {"Idempotency-Key": f"a-guest-has-{name}-something"}


@pytest.mark.parametrize("groups", ["users|orders", "users,orders|orders,payments", "users,orders,payment", ""])
def test_groups_that_are_no_division_of_the_services_are_refused(groups, tmp_path):
    here = environment(VAR_DIR=str(tmp_path), DEBUG="true")

    refused = subprocess.run(
        [PYTHON, "-m", "deploy.split", groups], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "SERVICES names each of users, orders, payments once" in refused.stderr
