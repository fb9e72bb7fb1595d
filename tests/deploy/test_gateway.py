"""The gateway's configuration, and where it sends each request."""

import json
import re
import subprocess

import pytest

from chassis import problems
from chassis.topology import topology
from chassis.urls import url_space
from config import urls
from config.bounds import MAX_BODY_BYTES
from config.checks import routes
from config.routes import ROUTES, owner, public_patterns
from deploy.gateway import Caddyfile, caddyfile, find_caddy, main, meant_by, parser
from deploy.refusals import REFUSALS

ADDRESSES = {
    "USERS_URL": "http://127.0.0.1:1",
    "ORDERS_URL": "http://127.0.0.1:2",
    "PAYMENTS_URL": "http://127.0.0.1:3",
}
PUBLIC = {**ADDRESSES, "PUBLIC_URL": "http://shop.example:8000"}


def test_the_caddyfile_names_exactly_the_table():
    text = caddyfile(8000, PUBLIC)

    routed = dict(re.findall(r"import service (\w+) `\(\?s\)(.*)`", text))

    assert routed == {service: "|".join(public_patterns(service)) for service in ROUTES}


@pytest.mark.parametrize("collector", ["", "http://127.0.0.1:4318"])
def test_caddy_accepts_the_caddyfile_as_it_is_written(tmp_path, collector):
    file, given = tmp_path / "Caddyfile", {"VAR_DIR": str(tmp_path), "OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    file.write_text(caddyfile(8000, {**PUBLIC, **given}))

    adapted = subprocess.run(
        [find_caddy(), "adapt", "--validate", "--config", file], capture_output=True, text=True, check=False
    )

    assert adapted.returncode == 0, adapted.stderr
    assert "not formatted" not in adapted.stderr


def test_the_gateway_traces_where_somebody_collects():
    assert "tracing" not in caddyfile(8000, PUBLIC)
    assert "span gateway" in caddyfile(8000, {**PUBLIC, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})


@pytest.mark.parametrize("missing", [*ADDRESSES])
def test_a_service_without_an_address_is_named_at_the_start(missing):
    known = {name: value for name, value in PUBLIC.items() if name != missing}

    with pytest.raises(SystemExit, match=missing):
        caddyfile(8000, known)


def test_a_service_behind_tls_is_refused_at_the_start():
    with pytest.raises(SystemExit, match="USERS_URL"):
        caddyfile(8000, {**PUBLIC, "USERS_URL": "https://users.example"})


def test_the_gateway_listens_to_this_machine_alone_unless_told():
    bound = [parser(given).parse_args(words).bind for given, words in BINDS]

    assert bound == ["127.0.0.1", "0.0.0.0", "10.0.0.1"]


BINDS = [({}, []), ({"GATEWAY_BIND": "0.0.0.0"}, []), ({"GATEWAY_BIND": "0.0.0.0"}, ["--bind", "10.0.0.1"])]


def test_the_caddyfile_can_be_shown(monkeypatch, capsys):
    for name, value in PUBLIC.items():
        monkeypatch.setenv(name, value)

    main(["--print", "--port", "8123", "--bind", "0.0.0.0"])

    shown = capsys.readouterr().out
    assert "http://:8123 {\n\tbind 0.0.0.0\n" in shown
    assert Caddyfile.delimiter + "{" not in shown


@pytest.mark.parametrize("refusal", REFUSALS, ids=meant_by)
def test_its_problems_are_those_of_the_services(refusal):
    (problem,) = [one for one in problems.Problem.__subclasses__() if one.code() == refusal.code]

    assert (refusal.status, refusal.title) == (problem.status, problem.title)


def test_a_body_is_bounded_alike_at_the_gateway_and_behind_it(settings):
    assert settings.MAX_BODY_BYTES == MAX_BODY_BYTES


def public_addresses():
    """Every address of every service that clients may use."""
    addresses = {address for service in topology().hosted for address in routes(url_space(service))}
    return sorted(address for address in addresses if not address.startswith("/internal/"))


def test_every_address_reaches_the_service_that_the_table_names(door):
    expected = {address: owner(address) for address in public_addresses()}

    reached = {address: door.get(address).json()["service"] for address in expected}

    assert len(expected) > 30
    assert reached == expected


def test_what_any_process_answers_is_answered(door):
    anywhere = [address for address in routes(urls.urlpatterns[:8]) if not owner(address)]

    reached = {address: door.get(address).status_code for address in [*anywhere, "/static/chassis/style.css"]}

    assert len(reached) == 9
    assert set(reached.values()) == {200}


@pytest.mark.parametrize("path", ["/v2/products", "/quotes", "/v1/orders.json", "/v1/services/orders/operations"])
def test_the_table_holds_for_every_version_and_format(door, path):
    assert door.get(path).json()["service"] == "orders"


def test_a_request_arrives_as_it_was_sent(door):
    told = door.get("/v1/orders/caf%C3%A9?cursor=a%2Bb", headers={"Host": "shop.example"}).json()

    assert told["path"] == "/v1/orders/caf%C3%A9?cursor=a%2Bb"
    assert told["headers"]["Host"] == "shop.example"


INTERNAL = "/internal/orders/v1/announcements"


@pytest.mark.parametrize(
    "path",
    [
        *(INTERNAL, "/" + INTERNAL, "///internal//orders", "/internal", "/internal/", "/INTERNAL/orders"),
        *(
            "/%69nternal/orders",
            "/internal%2Forders",
            "/internal/a%0Ab",
            "/internal;x=1/orders",
            "/internal%3Bx/orders",
        ),
        *("/v1/.." + INTERNAL, "/v1/%2e%2e" + INTERNAL, "/./internal/orders", "/internal/../v1/orders", "/internal%00"),
        *("/v1/orders/..%2F..%2Finternal/orders", "/internal?x=/v1/orders", "/internal%5Corders", "/internal.json"),
        *("/metrics", "//metrics", "/metrics/", "/metrics;x", "/%6Detrics", "/Metrics", "/docs/../metrics"),
    ],
)
def test_what_is_for_services_alone_is_not_there(door, path):
    before = [list(door.asked(service)) for service in ROUTES]

    answer = door.ask("GET", path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [door.asked(service) for service in ROUTES] == before


def test_a_spelling_that_no_service_reads_as_internal_is_for_them_to_refuse(door):
    told = door.ask("GET", "/%2569nternal/orders").json()

    assert told["path"] == "/%2569nternal/orders"


def test_a_whole_address_in_the_request_line_opens_no_other_way(door):
    answer = door.ask("GET", INTERNAL, headers={"Host": "127.0.0.1"})

    assert json.loads(answer.text)["instance"] == INTERNAL
