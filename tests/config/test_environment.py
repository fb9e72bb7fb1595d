"""Settings that are missing or wrong are errors at the start, and name themselves."""

import os
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment as module
from config.environment import Environment
from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment

ELSEWHERE = "http://127.0.0.1:9"
NEIGHBOURS = {"USERS_URL": ELSEWHERE, "ORDERS_URL": ELSEWHERE, "PAYMENTS_URL": ELSEWHERE, "PUBLIC_URL": ELSEWHERE}
KEYS = "from config.environment import Environment; t = Environment().topology(); print(t.secrets, t.signing_keys)"


@pytest.fixture
def process(monkeypatch, tmp_path):
    """Reads an environment that has nothing of ours but what is given: `process(SERVICES="users")`."""
    monkeypatch.setattr(module, "BASE", tmp_path)

    def read(**given):
        for name in set(os.environ) | set(given):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path), **given}.items():
            monkeypatch.setenv(name, value)
        return Environment()

    return read


@pytest.fixture
def development(process):
    return lambda **given: process(DEBUG="true", **given)


def test_without_settings_all_three_services_are_hosted(development):
    topology = development().topology()

    assert topology.hosted == ("users", "orders", "payments")
    assert topology.public_url == "http://127.0.0.1:8000"
    assert {topology.transport_to(service) for service in topology.hosted} == {"in_process"}


def test_the_public_address_follows_the_port(development):
    topology = development(PORT="8123").topology()

    assert topology.public_url == "http://127.0.0.1:8123"


def test_a_neighbour_is_called_where_its_address_says(development):
    topology = development(SERVICES="payments", **NEIGHBOURS).topology()

    assert topology.hosted == ("payments",)
    assert topology.urls["orders"] == ELSEWHERE
    assert (topology.transport_to("orders"), topology.transport_to("payments")) == ("http", "in_process")


@pytest.mark.parametrize("missing", ["USERS_URL", "ORDERS_URL", "PUBLIC_URL"])
def test_a_part_of_the_whole_must_know_the_rest(development, missing):
    known = {name: value for name, value in NEIGHBOURS.items() if name != missing}

    with pytest.raises(ImproperlyConfigured, match=f"^{missing} is missing"):
        development(SERVICES="payments", **known).topology()


@pytest.mark.parametrize("missing", ["USERS_URL", "ORDERS_URL", "PAYMENTS_URL"])
def test_calls_over_http_need_an_address_even_of_hosted_services(development, missing):
    known = {name: value for name, value in NEIGHBOURS.items() if name != missing}

    with pytest.raises(ImproperlyConfigured, match=f"^{missing} is missing: .* TRANSPORT=http"):
        development(TRANSPORT="http", **known).topology()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICES", "users,shipping"),
        ("SERVICES", ""),
        ("TRANSPORT", "carrier-pigeon"),
        ("PUBLIC_URL", "shop.example"),
        ("ORDERS_URL", "http://127.0.0.1:8002/v1"),
        ("ORDERS_URL", "ftp://127.0.0.1"),
        ("PORT", "http"),
        ("USERS_SECRET_FILE", "/nowhere/secret"),
        ("PAYMENTS_SIGNING_KEY_FILE", "/nowhere/key.pem"),
    ],
)
def test_a_wrong_setting_is_named(development, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        development(**{name: value}).topology()


@pytest.mark.parametrize(("name", "value"), [("DEBUG", "maybe"), ("ORDER_TTL_SECONDS", "half an hour")])
def test_what_cannot_be_read_is_named(process, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} cannot be read"):
        process(**{name: value})


def test_production_makes_no_secrets(process):
    with pytest.raises(ImproperlyConfigured, match=r"^USERS_SECRET or USERS_SECRET_FILE is missing"):
        process().topology()


def test_production_needs_the_key_of_every_hosted_service(process):
    given = {"SERVICES": "orders", "ORDERS_SECRET": "a secret", **NEIGHBOURS}

    with pytest.raises(ImproperlyConfigured, match=r"^ORDERS_SIGNING_KEY or ORDERS_SIGNING_KEY_FILE is missing"):
        process(**given).topology()


def test_production_reads_secrets_from_files(process, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    given = {"SERVICES": "orders", "ORDERS_SECRET_FILE": str(tmp_path / "secret"), "ORDERS_SIGNING_KEY": "a key"}

    topology = process(**given, **NEIGHBOURS).topology()

    assert (topology.secrets, topology.signing_keys) == ({"orders": "from a file"}, {"orders": "a key"})


def test_a_secret_is_not_shown_with_the_topology(development):
    topology = development(SERVICES="users", USERS_SECRET="do not tell", **NEIGHBOURS).topology()

    assert "do not tell" not in repr(topology)
    assert "PRIVATE KEY" not in repr(topology)


def test_production_plans_no_faults(process):
    with pytest.raises(ImproperlyConfigured, match=r"^FAULTS_FILE is for development"):
        process(FAULTS_FILE="faults.json")


def test_the_environment_wins_over_the_file_of_settings(process, tmp_path):
    (tmp_path / ".env").write_text("DEBUG=true\nORDER_TTL_SECONDS=60\n")

    read = process(ORDER_TTL_SECONDS="5")

    assert (read.debug, read.order_ttl_seconds) == (True, 5)


def test_a_file_of_settings_beside_other_projects_is_not_ours(process, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("DEBUG=true\n")
    monkeypatch.setattr(module, "BASE", tmp_path / "clone")

    assert process().debug is False


def test_each_service_has_a_database_of_its_own(process, tmp_path):
    read = process(ORDERS_DATABASE_URL="sqlite:////elsewhere/orders.sqlite3")

    assert read.database("users")["NAME"] == f"{tmp_path}/users.sqlite3"
    assert read.database("orders")["NAME"] == "/elsewhere/orders.sqlite3"


@pytest.mark.parametrize("url", ["127.0.0.1:6379", "http://127.0.0.1:6379", "redis://"])
def test_a_valkey_is_named_by_its_address(process, url):
    with pytest.raises(ImproperlyConfigured, match=r"^VALKEY_URL is an address like redis://"):
        process(VALKEY_URL=url)


def test_in_development_letters_become_files(development, tmp_path):
    sends = development().email(("users",))

    assert sends["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert sends["EMAIL_FILE_PATH"] == f"{tmp_path}/letters"


def test_letters_are_sent_as_the_url_says(process, tmp_path):
    (tmp_path / "url").write_text("submission://shop:p%40ss@smtp.example.com\n")

    sends = process(EMAIL_URL_FILE=str(tmp_path / "url")).email(("orders",))

    assert (sends["EMAIL_HOST"], sends["EMAIL_PORT"], sends["EMAIL_USE_TLS"]) == ("smtp.example.com", 587, True)
    assert (sends["EMAIL_HOST_USER"], sends["EMAIL_HOST_PASSWORD"]) == ("shop", "p@ss")
    assert sends["EMAIL_TIMEOUT"] == 10


@pytest.mark.parametrize("service", ["users", "orders"])
def test_production_says_how_letters_are_sent(process, service):
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL is missing"):
        process().email((service,))


def test_who_writes_no_letters_need_not_say_how_they_are_sent(process):
    assert process().email(("payments",))


def test_letters_are_sent_in_a_way_that_is_known(process):
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL begins with one of smtp, .*; it begins with 'pigeon'"):
        process(EMAIL_URL="pigeon://smtp.example.com").email(("users",))


def test_processes_that_start_at_once_share_the_keys_that_one_of_them_made(tmp_path):
    here = environment(VAR_DIR=str(tmp_path), DEBUG="true")

    started = [
        subprocess.Popen([PYTHON, "-c", KEYS], cwd=BASE, env=here, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    one, other = [process.communicate(timeout=30)[0] for process in started]

    assert one == other != ""
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "keys").iterdir()} == {0}
    assert len([*(tmp_path / "keys").iterdir()]) == 6


def test_a_part_without_its_neighbours_address_does_not_start(tmp_path):
    known = {**NEIGHBOURS, "ORDERS_URL": "", "SERVICES": "payments", "DEBUG": "true", "VAR_DIR": str(tmp_path)}

    started = subprocess.run(
        [PYTHON, "manage.py", "runserver", "0"],
        cwd=BASE,
        env=environment(**known),
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode != 0
    assert "ORDERS_URL is missing" in started.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("services", "name"), [("", "tearline"), ("orders", "orders"), ("users,orders", "users+orders")]
)
def test_spans_are_those_of_the_services_that_send_them(development, services, name):
    given = {"SERVICES": services, **NEIGHBOURS} if services else {}
    read = development(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318", **given)

    assert read.traces_of(read.topology().hosted) == name


def test_without_a_collector_there_are_no_spans_to_send(development):
    assert development().traces_of(("users", "orders", "payments")) == ""


def test_a_collector_without_opentelemetry_is_refused(development, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)

    with pytest.raises(ImproperlyConfigured, match="OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is missing"):
        development(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318").traces_of(())


def test_lines_are_json_unless_somebody_develops_and_looks_on(development, process, monkeypatch):
    assert development().log_format == "json"

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert development().log_format == "text"
    assert development(LOG_FORMAT="json").log_format == "json"
    assert process(LOG_FORMAT="text").log_format == "text"


def test_a_form_of_lines_that_nobody_knows_is_refused(development):
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT is json or text"):
        development(LOG_FORMAT="yaml")


STRIPE = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


def test_where_nothing_is_said_the_sandbox_collects(development):
    assert development().providers(("payments",)) == ["sandbox"]


def test_providers_are_named_with_what_they_need(development):
    read = development(PROVIDERS="sandbox, stripe", STRIPE_API_BASE=ELSEWHERE, **STRIPE)

    assert read.providers(("payments",)) == ["sandbox", "stripe"]
    assert read.stripe() == ("sk_test_1", "pk_test_1", "whsec_1", ELSEWHERE)


@pytest.mark.parametrize("missing", STRIPE)
def test_a_provider_without_its_keys_names_the_one_that_is_missing(development, missing):
    given = {name: value for name, value in STRIPE.items() if name != missing}

    with pytest.raises(ImproperlyConfigured, match=f"{missing} or {missing}_FILE is missing"):
        development(PROVIDERS="stripe", **given).providers(("payments",))


def test_a_process_without_payments_needs_no_keys_of_providers(development):
    assert development(PROVIDERS="stripe").providers(("users",)) == ["stripe"]


@pytest.mark.parametrize("named", ["barter", " "])
def test_a_provider_that_is_not_known_is_refused(development, named):
    with pytest.raises(ImproperlyConfigured, match="PROVIDERS is a list of sandbox, stripe"):
        development(PROVIDERS=named).providers(("payments",))
