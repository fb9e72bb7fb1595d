"""`make split TLS=1`: nobody speaks with a service without a certificate, and each opens only what it names."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from uuid import uuid4

import jwt
import pytest
import requests

from chassis.keys import ALGORITHM
from chassis.tokens import TYPE
from deploy.authority import Authority
from deploy.processes import BASE, PYTHON, wait_until
from tests.journeys.splits import split
from tests.journeys.test_day import DAY
from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.environments import environment
from tests.topologies.templates import ADMIN, database_urls, template

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("split")]

SERVICES = ("users", "orders", "payments")
SCANNER = BASE / ".venv-scan" / "bin" / "python"


class Encrypted:
    """The split, and how to reach its services past the gateway."""

    def __init__(self, running):
        self.running, self.url, self.authority = running, running.url, running.authority
        self.urls = dict(re.findall(r"^(users|orders|payments) +\d+ +(https://\S+)", running.said, re.MULTILINE))
        self.folder = running.folder / "split"

    def certificate(self, name):
        return str(self.folder / "tls" / f"{name}.pem"), str(self.folder / "tls" / f"{name}.key")

    def address(self, service):
        """Host and port."""
        host, _, port = (self.urls.get(service) or self.url).removeprefix("https://").partition(":")
        return host, int(port)

    def get(self, service, path, *, shown_by, token=""):
        """What a service answers over a connection with somebody's certificate."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        certificate = self.certificate(shown_by) if shown_by else None
        options = {"cert": certificate, "verify": self.authority, "timeout": 10}
        return requests.get(self.urls[service] + path, headers=headers, **options)

    def token(self, service, callee):
        """A token as the service signs it."""
        (kid,) = (key["kid"] for key in ask(self, "GET", f"/services/{service}/jwks.json").json()["keys"])
        who = {"iss": f"{self.url}/services/{service}", "sub": f"service:{service}", "client_id": f"service:{service}"}
        times = {"iat": int(time.time()), "exp": int(time.time()) + 60, "jti": uuid4().hex}
        key = (self.folder / "keys" / f"{service}.pem").read_text()
        claims = {**who, **times, "aud": [callee], "scope": "payments:read users:read announcements:write"}
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid, "typ": TYPE})

    def variables(self, service):
        """What a process that hosts the service is given."""
        addresses = {f"{name.upper()}_URL": url for name, url in self.urls.items()}
        file, key = self.certificate(service)
        tls = {"TLS_CERTIFICATE_FILE": file, "TLS_KEY_FILE": key, "TLS_CA_FILE": self.authority}
        own = {"SERVICES": service, "PUBLIC_URL": self.url, "VAR_DIR": str(self.folder), "DEBUG": "true"}
        return environment(**addresses, **tls, **own)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """On SQLite files, because what they are told of the databases is nothing new."""
    folder, new = tmp_path_factory.mktemp("databases"), template("sqlite")
    shutil.copytree(new.folder, folder, dirs_exist_ok=True)
    with split(tls=True, **database_urls(new.store.copied_to(folder))) as running:
        yield Encrypted(running)


def shaken(address, context, name):
    """What comes of a handshake and one request; over TLS 1.3 a client hears only then that it was refused."""
    with socket.create_connection(address, timeout=5) as plain, context.wrap_socket(plain, server_hostname=name) as one:
        one.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return one.recv(65536)


def trusting(shop, certificate=None):
    context = ssl.create_default_context(cafile=shop.authority)
    if certificate:
        context.load_cert_chain(*certificate)
    return context


def plain(address):
    """Everything that comes back for a request by plain HTTP."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"GET /v2/products HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("service", SERVICES)
def test_who_shows_no_certificate_is_refused_in_the_handshake(shop, service):
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        shaken(shop.address(service), trusting(shop), service)


@pytest.mark.parametrize("service", SERVICES)
def test_who_shows_one_of_another_authority_is_refused_in_the_handshake(shop, service, tmp_path):
    stranger = Authority(tmp_path).certify("gateway")
    shown = (stranger["TLS_CERTIFICATE_FILE"], stranger["TLS_KEY_FILE"])

    with pytest.raises(ssl.SSLError, match=r"UNKNOWN_CA|DECRYPT_ERROR"):
        shaken(shop.address(service), trusting(shop, shown), service)


@pytest.mark.parametrize("service", ["gateway", *SERVICES])
def test_nobody_speaks_an_older_tls(shop, service):
    context = trusting(shop, shop.certificate("gateway"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        shaken(shop.address(service), context, service)


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_shows_one_is_answered(shop, service):
    answer = shaken(shop.address(service), trusting(shop, shop.certificate("gateway")), service)

    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_nothing_to_say_by_plain_http(shop, service):
    assert b"200" not in plain(shop.address(service))


def test_the_gateway_refuses_plain_http_and_leads_nowhere(shop):
    answer = plain(shop.address("gateway"))

    assert answer.startswith(b"HTTP/1.0 400")
    assert b"location" not in answer.lower()


@pytest.mark.parametrize("path", ["/v2/products", "/internal/x", "/", "/nothing"])
def test_browsers_are_told_to_come_by_https_alone(shop, path):
    assert ask(shop, "GET", path).headers["Strict-Transport-Security"] == "max-age=63072000"


def test_the_gateways_certificate_is_good_for_where_it_is(shop):
    for host in ("127.0.0.1", "localhost"):
        with socket.create_connection(shop.address("gateway")) as one:
            trusting(shop).wrap_socket(one, server_hostname=host).close()


def test_a_browser_signs_in_and_its_cookies_travel_by_https_alone(shop):
    email, password = ADMIN
    with requests.Session() as browser:
        browser.verify, browser.trust_env = shop.authority, False
        page = browser.get(f"{shop.url}/session", timeout=10)
        form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
        person = {"email": email, "password": password, "csrfmiddlewaretoken": form}
        signing_in = {"data": person, "headers": {"Origin": shop.url}, "allow_redirects": False, "timeout": 10}
        browser.post(f"{shop.url}/session", **signing_in)
        me = browser.get(f"{shop.url}/v1/users/me", timeout=10)

    assert me.json()["email"] == email
    assert {cookie.name for cookie in browser.cookies} >= {"access_token", "csrftoken"}
    assert all(cookie.secure for cookie in browser.cookies)


def test_a_token_counts_over_its_services_own_connection_alone(shop):
    path, token = "/v1/payments/pay_00000000000000000000000000", shop.token("orders", "payments")

    answers = {name: shop.get("payments", path, shown_by=name, token=token) for name in (*SERVICES, "gateway")}

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "users": 401,
        "orders": 404,
        "payments": 401,
        "gateway": 401,
    }
    assert answers["payments"].json()["code"] == "invalid_token"


def test_a_person_comes_over_the_gateways_alone(shop):
    email, password = ADMIN
    grant = ask(shop, "POST", "/v1/tokens", json={"email": email, "password": password}).json()

    answers = {
        name: shop.get("users", "/v1/users/me", shown_by=name, token=grant["access_token"]).status_code
        for name in ("gateway", "orders", "users")
    }

    assert answers == {"gateway": 200, "orders": 401, "users": 401}


def test_nothing_internal_is_to_be_had_with_the_gateways_certificate(shop):
    path, token = "/internal/users/v1/announcements", shop.token("orders", "users")

    answers = [shop.get("users", path, shown_by="gateway", token=given).status_code for given in (token, "")]

    assert answers == [401, 401]
    assert shop.get("users", path, shown_by="orders", token=token).status_code == 405
    assert ask(shop, "GET", path).status_code == 404


def test_a_customer_buys_as_ever(shop):
    product = stocked(shop, "encrypted", 5)
    placed = ask(shop, "POST", "/v2/orders", json=order_of(product), headers=key("placed")).json()
    opened_by, order = {"X-Order-Token": placed["guest_token"]}, f"/v2/orders/{placed['id']}"

    payment = ask(shop, "POST", f"{order}/pay", json={}, headers={**opened_by, **key("paid")}).json()["payment"]
    payer = {"Authorization": f"Bearer {payment['payer_token']}"}
    confirm = f"/v1/sandbox/payments/{payment['id']}/confirm"
    paid = ask(shop, "POST", confirm, json={"payment_method": "sbx_ok"}, headers=payer)
    wait_until(lambda: ask(shop, "GET", order, headers=opened_by).json()["status"] == "confirmed", what="the order")

    assert paid.status_code == 200
    assert placed["links"]["self"]["href"].startswith("https://")


def test_the_demo_trades_with_a_shop_whose_authority_it_is_told(shop):
    words = [str(DAY), "--url", shop.url, "--quiet", "--json", "--first", "1", "--cacert", shop.authority]
    command = [PYTHON, "-m", "demo", *words]

    traded = subprocess.run(command, cwd=BASE, capture_output=True, text=True, timeout=60, check=False)

    assert json.loads(traded.stdout)["orders"] == 1, traded.stderr


def test_who_looks_from_a_terminal_shows_a_certificate_too(shop):
    command = [PYTHON, "manage.py", "topology", "--json"]
    options = {"cwd": BASE, "env": shop.variables("users"), "timeout": 60}

    seen = json.loads(subprocess.run(command, check=False, capture_output=True, text=True, **options).stdout)

    # Of users it asks the database, whose address only the processes of the split are told.
    assert seen["unwell"] == ["users"]


def test_a_container_asks_its_own_server_whether_it_is_well(shop):
    _, port = shop.address("orders")
    here = {**shop.variables("orders"), "PORT": str(port)}
    probe = [PYTHON, "-m", "deploy.probe", "/readyz"]

    well = subprocess.run(probe, cwd=BASE, env=here, capture_output=True, text=True, timeout=60, check=False)

    assert (well.returncode, well.stderr) == (0, "")


@pytest.mark.prove
@pytest.mark.skipif(not SCANNER.exists(), reason="sslyze is in an environment of its own, which `make prove` makes")
@pytest.mark.parametrize("name", ["gateway", *SERVICES])
def test_mozillas_modern_profile_finds_nothing_below_it(shop, name, tmp_path):
    host, port = shop.address(name)
    file, key = shop.certificate("gateway")
    shown = [] if name == "gateway" else ["--cert", file, "--key", key]
    trust = ["--certinfo_ca_file", shop.authority, "--mozilla_config", "modern"]
    scan = [str(SCANNER), "-m", "sslyze", *trust, *shown, "--json_out", str(tmp_path / "scan.json"), f"{host}:{port}"]

    scanned = subprocess.run(scan, capture_output=True, text=True, timeout=120, check=False)

    assert f"{host}:{port}: OK - Compliant." in scanned.stdout, scanned.stdout
    (seen,) = json.loads((tmp_path / "scan.json").read_text())["server_scan_results"]
    assert seen["scan_result"]["certificate_info"]["status"] == "COMPLETED"


def key(name):
    return {"Idempotency-Key": f"a-guest-has-{name}-something"}
