"""A database that goes away for a while, and comes back."""

import re
from contextlib import contextmanager

import psycopg
import pytest

from chassis.wakes import CHANNEL
from deploy.postgres import named
from deploy.processes import wait_until
from tests.journeys.visitors import all_at_once, ask
from tests.postgres.askers import OverTheNetwork
from tests.topologies.stores import server


@contextmanager
def away(shop, service):
    """Nobody is connected to the service's database, and nobody can be, as when its server has stopped."""
    database = f"{shop.store.name}_{service}"
    superuser = server().connected()
    superuser.execute(named("ALTER DATABASE {} ALLOW_CONNECTIONS false", database))
    hang_up(superuser, database)
    try:
        yield
    finally:
        superuser.execute(named("ALTER DATABASE {} ALLOW_CONNECTIONS true", database))
        superuser.close()


def hang_up(superuser, database, application="%"):
    """End the connections to a database; returns how many there were."""
    theirs = "FROM pg_stat_activity WHERE datname = %s AND application_name LIKE %s"
    return superuser.execute(f"SELECT pg_terminate_backend(pid) {theirs}", [database, application]).rowcount


def get(shop, path):
    return lambda: ask(shop, "GET", path)


@pytest.fixture(scope="module")
def outage(shop):
    """What was answered while the database of orders was away, and who had paid an order meanwhile."""
    admin = OverTheNetwork(shop)
    asked = ["/v1/products", "/readyz", "/services/orders/readyz", "/services/users/readyz", "/livez"]
    with away(shop, "orders"):
        pay(admin)
        answers = dict(zip(asked, all_at_once([get(shop, path) for path in asked]), strict=True))
        wait_until(lambda: re.search("the job .* failed", log(shop)), what="the worker to notice")
    return answers, admin


@pytest.mark.parametrize("path", ["/v1/products", "/readyz", "/services/orders/readyz"])
def test_while_its_database_is_away_a_service_says_so_and_when_to_ask_again(outage, path):
    answers, _ = outage

    assert (answers[path].status_code, answers[path].json()["code"]) == (503, "dependency_unavailable")
    assert answers[path].headers["Retry-After"] == "1"


def test_the_others_of_its_process_go_on(outage):
    answers, _ = outage

    assert answers["/services/users/readyz"].status_code == answers["/livez"].status_code == 200


def test_when_the_database_is_back_so_is_the_service(shop, outage):
    assert ask(shop, "GET", "/v1/products").status_code == ask(shop, "GET", "/readyz").status_code == 200


def test_the_worker_does_what_it_could_not_do_meanwhile(outage):
    _, admin = outage

    assert wait_until(lambda: is_confirmed(admin), seconds=10, what="the order to be confirmed")


def test_connections_that_were_cut_are_made_anew_and_no_request_is_lost(shop):
    database = f"{shop.store.name}_orders"
    all_at_once([get(shop, "/v1/products")] * 6)

    with server().connected() as superuser:
        cut = hang_up(superuser, database, "tearline-orders")
    answers = all_at_once([get(shop, "/v1/products")] * 6)

    assert cut > 0
    assert {answer.status_code for answer in answers} == {200}


def test_a_commit_tells_every_process_that_listens_that_there_is_work(shop):
    admin = OverTheNetwork(shop)

    with psycopg.connect(shop.store.urls["payments"], autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        pay(admin)
        told = next(listener.notifies(timeout=30, stop_after=1))

    assert told.channel == CHANNEL


def test_whoever_listens_listens_again_after_its_connection_was_cut(shop):
    database = f"{shop.store.name}_payments"

    with server().connected() as superuser:
        cut = hang_up(superuser, database, "%-listener")
        listening = wait_until(lambda: listeners(superuser, database), what="the listener to be back")

    assert (cut, len(listening)) == (1, 1)


def test_no_connection_is_kept_after_its_request_was_answered_or_refused(shop):
    asked = ["/v1/products", "/v1/orders", "/v1/products/unknown", "/v1/products?limit=0", "/v1/products?q=%00"]

    all_at_once([get(shop, path) for path in asked * 5])
    with server().connected() as superuser:
        # A worker may be at work while we look.
        states = wait_until(lambda: all_idle(connections(superuser, shop)), what="every connection to be idle")

    # Of each service ten in the pool of the server, and ten in that of the worker.
    assert max(count for _, _, count in states) <= 20
    assert all_at_once([get(shop, "/v1/products")] * 20)[-1].status_code == 200


def connections(superuser, shop):
    """Whose they are, what they do, and how many do so."""
    counted = "SELECT application_name, state, count(*) FROM pg_stat_activity WHERE datname LIKE %s GROUP BY 1, 2"
    return superuser.execute(counted, [f"{shop.store.name}_%"]).fetchall()


def all_idle(states):
    return states if {state for _, state, _ in states} == {"idle"} else None


def pay(admin):
    answer = admin.ask("post", f"/v1/sandbox/payments/{admin.payment}/confirm", {"payment_method": "sbx_ok"})
    assert answer.status == 200, answer


def is_confirmed(admin):
    return admin.ask("get", f"/v1/orders/{admin.order}").body.get("status") == "confirmed"


def log(shop):
    return (shop.folder / "users+orders+payments.log").read_text()


def listeners(superuser, database):
    listening = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND query LIKE %s AND state = 'idle'"
    return superuser.execute(listening, [database, "LISTEN%"]).fetchall()
