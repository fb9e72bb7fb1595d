"""Certificates that are missing or wrong are errors at the start, and name the variable."""

import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from chassis.topology import Tls
from config import certificates
from config import environment as module
from config.certificates import names_in, read_tls
from config.environment import Environment
from deploy import authority as authorities
from deploy.authority import Authority
from deploy.gateway import caddyfile, find_caddy

SECURE = "https://127.0.0.1:9"
ADDRESSES = {"USERS_URL": SECURE, "ORDERS_URL": SECURE, "PAYMENTS_URL": SECURE, "PUBLIC_URL": SECURE}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def orders(authority):
    """The variables of orders, whose certificate is good."""
    return authority.certify("orders")


@pytest.fixture
def process(monkeypatch, tmp_path):
    """Reads an environment that has nothing of ours but what is given, as orders would in development."""
    monkeypatch.setattr(module, "BASE", tmp_path)

    def read(**given):
        for name in set(os.environ):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path), "DEBUG": "true", "SERVICES": "orders", **given}.items():
            monkeypatch.setenv(name, value)
        return Environment().topology()

    return read


def test_without_the_variables_there_is_no_tls(process):
    addresses = {name: url.replace("https", "http") for name, url in ADDRESSES.items()}

    assert process(**addresses).tls is None


def test_with_all_three_a_process_knows_by_what_it_is_known(process, orders):
    assert process(**ADDRESSES, **orders).tls == Tls(*orders.values())


@pytest.mark.parametrize("name", certificates.NAMES)
def test_two_of_three_are_not_enough(process, orders, name):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is missing"):
        process(**ADDRESSES, **{**orders, name: ""})


@pytest.mark.parametrize("name", certificates.NAMES)
def test_a_file_that_is_not_there_is_named(process, orders, name):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} names a file that is not there: /nowhere"):
        process(**ADDRESSES, **{**orders, name: "/nowhere"})


@pytest.mark.parametrize("name", certificates.NAMES)
def test_a_file_that_holds_something_else_is_named(process, orders, name, tmp_path):
    (tmp_path / "wrong.pem").write_text("-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n")

    with pytest.raises(ImproperlyConfigured, match=f"^{name} names a file that cannot be read"):
        process(**ADDRESSES, **{**orders, name: str(tmp_path / "wrong.pem")})


def test_the_key_is_that_of_the_certificate(process, authority, orders):
    other = authority.certify("payments")

    with pytest.raises(ImproperlyConfigured, match=r"^TLS_KEY_FILE is not the key of the certificate"):
        process(**ADDRESSES, **{**orders, "TLS_KEY_FILE": other["TLS_KEY_FILE"]})


def test_a_process_has_a_certificate_that_names_each_of_its_services(process, orders):
    with pytest.raises(ImproperlyConfigured, match=r"^TLS_CERTIFICATE_FILE names .*; it has to name payments, users"):
        process(SERVICES="users,orders,payments", **ADDRESSES, **orders)


def test_a_certificate_that_is_good_no_more_is_refused(process, monkeypatch, tmp_path):
    monkeypatch.setattr(authorities, "GOOD_FOR", timedelta(minutes=4))

    with pytest.raises(ImproperlyConfigured, match=r"^TLS_CERTIFICATE_FILE was good until "):
        process(**ADDRESSES, **Authority(tmp_path).certify("orders"))


@pytest.mark.parametrize("name", ["USERS_URL", "PAYMENTS_URL", "PUBLIC_URL"])
def test_with_tls_no_address_is_plain_http(process, orders, name):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} begins with https://"):
        process(**{**ADDRESSES, name: "http://127.0.0.1:9"}, **orders)


def test_the_server_of_development_does_not_pretend_to_know_tls(settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, tls=Tls("a", "b", "c"))

    with pytest.raises(CommandError, match=r"^TLS_CERTIFICATE_FILE is set"):
        call_command("runserver", "0", "--noreload")


# The gateway


@pytest.fixture
def gateway(authority, tmp_path):
    return {**ADDRESSES, "VAR_DIR": str(tmp_path), **authority.certify("gateway")}


def test_the_gateway_serves_https_alone_and_shows_its_certificate(gateway):
    text = caddyfile(8443, gateway)

    assert "\nhttps://:8443 {" in text
    assert "http://" not in text
    assert f'tls "{gateway["TLS_CERTIFICATE_FILE"]}" "{gateway["TLS_KEY_FILE"]}" {{\n\t\tprotocols tls1.3' in text
    assert text.count("Strict-Transport-Security") == 2
    assert f'tls_trust_pool file "{gateway["TLS_CA_FILE"]}"' in text


def test_caddy_accepts_what_the_gateway_says_of_certificates(gateway, tmp_path):
    file = tmp_path / "Caddyfile"
    file.write_text(caddyfile(8443, gateway))

    adapted = subprocess.run(
        [find_caddy(), "adapt", "--validate", "--config", file], capture_output=True, text=True, check=False
    )

    assert adapted.returncode == 0, adapted.stderr
    assert "not formatted" not in adapted.stderr


def test_what_clients_are_shown_may_be_another_certificate(gateway, authority):
    other = authority.certify("shop.example")
    shown = {"GATEWAY_CERTIFICATE_FILE": other["TLS_CERTIFICATE_FILE"], "GATEWAY_KEY_FILE": other["TLS_KEY_FILE"]}

    text = caddyfile(8443, {**gateway, **shown})

    assert f'tls "{other["TLS_CERTIFICATE_FILE"]}" "{other["TLS_KEY_FILE"]}"' in text
    assert f'tls_client_auth "{gateway["TLS_CERTIFICATE_FILE"]}"' in text


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ORDERS_URL", "http://127.0.0.1:9", "begins with https://"),
        ("PUBLIC_URL", "http://127.0.0.1:9", "begins with https://"),
        ("TLS_CA_FILE", "", "is missing"),
        ("GATEWAY_CERTIFICATE_FILE", "/nowhere", "names a file that is not there"),
    ],
)
def test_what_is_wrong_for_the_gateway_is_named(gateway, name, value, why):
    with pytest.raises(SystemExit, match=f"^{name} {why}"):
        caddyfile(8443, {**gateway, name: value})


def test_a_services_certificate_is_none_for_the_gateway(gateway, orders):
    with pytest.raises(SystemExit, match=r"^TLS_CERTIFICATE_FILE names .*; it has to name gateway"):
        caddyfile(8443, {**gateway, **orders})


def test_without_tls_the_gateway_says_so_to_an_address_that_needs_it(tmp_path):
    with pytest.raises(SystemExit, match=r"^USERS_URL begins with http://"):
        caddyfile(8443, {**ADDRESSES, "VAR_DIR": str(tmp_path)})


# The authority


def test_a_certificate_names_its_owner_and_where_it_is_shown(authority, orders):
    certificate = load_pem_x509_certificate(Path(orders["TLS_CERTIFICATE_FILE"]).read_bytes())
    certificate.verify_directly_issued_by(load_pem_x509_certificate(authority.file.read_bytes()))

    assert names_in(certificate) == {"orders", "localhost"}
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=90)


def test_keys_are_for_whoever_made_them_and_that_of_the_authority_is_nowhere(authority, orders):
    keys = [file for file in authority.folder.iterdir() if "PRIVATE KEY" in file.read_text()]

    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}
    assert authority.folder.stat().st_mode & 0o777 == 0o700
    assert not [file for file in keys if file.name.startswith("ca.")]


def test_the_variables_are_read_as_they_are_written(orders):
    assert read_tls(lambda name: orders[name], ["orders"]) == Tls(*orders.values())
