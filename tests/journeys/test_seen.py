"""One journey, seen: a trace with every hop, its log lines by request id, and the metrics that alerts are about."""

import json
import secrets
import subprocess
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import requests

from deploy.processes import BASE, PYTHON, free_ports, wait_until
from tests.deploy.promql import missing
from tests.journeys.collectors import collecting
from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

pytestmark = pytest.mark.timeout(300)

PLACE, PAY = "POST /v2/orders", "POST /v2/orders/{id}/pay"
CONFIRM = "POST /v1/sandbox/payments/{payment_id}/confirm"
GATEWAY, PAID = "gateway server gateway", "payment.succeeded"
CREATE, ANNOUNCE = "POST /v1/payments", "POST /internal/orders/v1/announcements"


@dataclass
class Workplaces:
    """How a shop is served whose workers can be asked, too."""

    ports: list = field(default_factory=list)

    def __call__(self, port):
        server, work = production(port)
        (own,) = free_ports(1)
        self.ports += [port, own]
        return [server, ["env", f"WORK_PORT={own}", *work]]


@dataclass
class Visitor:
    """Somebody whose browser traces what it asks."""

    shop: object
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    span_id: str = field(default_factory=lambda: secrets.token_hex(8))
    requests: list = field(default_factory=list)

    def command(self, path, body, headers=None):
        request_id = secrets.token_hex(16)
        own = {"traceparent": f"00-{self.trace_id}-{self.span_id}-01", "X-Request-ID": request_id}
        keyed = {**own, **(headers or {}), "Idempotency-Key": secrets.token_hex(12)}
        answer = ask(self.shop, "POST", path, json=body, headers=keyed)
        answer.raise_for_status()
        self.requests.append(request_id)
        return answer.json()

    def buy(self, product):
        """Place an order, and pay it; the announcement that it is paid confirms it."""
        order = self.command("/v2/orders", order_of(product))
        hers = {"X-Order-Token": order["guest_token"]}
        payment = self.command(f"/v2/orders/{order['id']}/pay", {}, hers)["payment"]
        payer = {"Authorization": f"Bearer {payment['payer_token']}"}
        self.command(f"/v1/sandbox/payments/{payment['id']}/confirm", {"payment_method": "sbx_ok"}, payer)
        path = f"/v2/orders/{order['id']}"
        wait_until(lambda: ask(self.shop, "GET", path, headers=hers).json()["status"] == "confirmed", what="the order")


@pytest.fixture(scope="module", params=[pytest.param(THREE_PROCESSES, id="three"), pytest.param(ONE_PROCESS, id="one")])
def seen(request):
    """A shop in which somebody has bought something, and what was seen of it."""
    served = Workplaces()
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200", "NO_PROXY": "*"}
        with running(request.param, serve=served, settings=settings, database="postgresql", gateway=True) as shop:
            product, visitor = stocked(shop, "SEEN", 5), Visitor(shop)
            Visitor(shop).buy(product)  # from now on everybody knows everybody's keys
            visitor.buy(product)
            shop.settle()
            wait_until(lambda: len(collector.trace(visitor.trace_id)) == 12, seconds=20, what="the spans")
            metrics = [requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text for port in served.ports]
            yield SimpleNamespace(shop=shop, visitor=visitor, collector=collector, metrics=metrics)


def test_one_trace_has_every_hop_and_each_knows_what_it_is_part_of(seen):
    orders, payments = ("tearline",) * 2 if seen.shop.shape.is_one_process else ("orders", "payments")

    called = [f"{orders} client {CREATE}", [f"{payments} server {CREATE}"]]
    told = [f"{payments} client {ANNOUNCE}", [f"{orders} server {ANNOUNCE}"]]
    led_to = [[f"{orders} consumer react {PAID}"], [f"{payments} producer relay {PAID}", told]]
    asked = (
        [f"{orders} server {PLACE}"],
        [f"{orders} server {PAY}", called],
        [f"{payments} server {CONFIRM}", *led_to],
    )
    expected = sorted(([GATEWAY, one] for one in asked), key=str)
    assert seen.collector.tree(seen.visitor.trace_id, seen.visitor.span_id) == expected


def test_a_span_tells_what_was_asked_of_whom_and_what_was_answered(seen):
    spans = {str(span): span for span in seen.collector.trace(seen.visitor.trace_id)}
    caller = "tearline" if seen.shop.shape.is_one_process else "orders"

    told = spans[f"{caller} client {CREATE}"].attributes

    assert (told["tearline.service"], told["tearline.neighbour"]) == ("orders", "payments")
    assert told["tearline.transport"] == ("in_process" if seen.shop.shape.is_one_process else "http")
    assert (told["http.request.method"], told["http.response.status_code"]) == ("POST", 201)


def logged(shop):
    """Every line of every log, as JSON."""
    files = [*shop.folder.glob("*.log"), *shop.folder.glob("gateway/access.log")]
    texts = [text for file in files for text in file.read_text().splitlines()]
    return [json.loads(text) for text in texts if text.startswith("{")]


def printed(shop, an_id):
    """What `make logs` says."""
    command = [PYTHON, "-m", "deploy.logs", an_id, "--folder", str(shop.folder)]
    return subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout


def test_every_line_of_a_request_is_found_by_its_id(seen):
    for request_id in seen.visitor.requests:
        lines = [line for line in logged(seen.shop) if line.get("request_id") == request_id]

        said = printed(seen.shop, request_id).splitlines()

        assert len(said) == len(lines)
        assert [line for line in said if line.split()[1] == "gateway"]


def test_the_lines_of_what_an_announcement_led_to_have_the_id_of_the_request_that_it_tells_of(seen):
    said = printed(seen.shop, seen.visitor.requests[-1])

    assert "orders worker" in said
    assert f"reacted to {PAID}" in said
    assert ("call answered" in said) is not seen.shop.shape.is_one_process


def test_the_lines_of_a_trace_are_those_of_all_its_requests(seen):
    said = printed(seen.shop, seen.visitor.trace_id).splitlines()

    assert len(said) == sum(len(printed(seen.shop, request_id).splitlines()) for request_id in seen.visitor.requests)
    assert [line.split()[0] for line in said] == sorted(line.split()[0] for line in said)


def test_every_line_says_when_where_and_of_what(seen):
    lines = [line for line in logged(seen.shop) if "ts" not in line]

    told = {"time", "level", "logger", "event", "service", "request_id", "trace_id", "span_id", "caller", "process"}

    assert lines
    assert [line for line in lines if not told <= set(line)] == []


def test_every_metric_of_an_alert_or_a_panel_is_told_with_its_labels(seen):
    to_neighbours = {"tearline_http_pool_connections", "tearline_http_pool_size"}

    lacking = {line.rpartition(": ")[2].split()[0] for line in missing(seen.metrics)}

    assert lacking == (to_neighbours if seen.shop.shape.is_one_process else set())
