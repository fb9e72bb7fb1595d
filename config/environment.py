"""Everything a process reads from its environment, read once. A wrong or missing variable is an error that names it."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from environs import Env, EnvError

from chassis.protections import Protection, read_protections
from chassis.rates import read_rates
from chassis.signing import new_secret
from chassis.topology import SERVICES, Tls, Topology, Transport
from config.certificates import read_tls
from config.refusals import WrongSetting

# The services that write letters.
WRITERS = ("users", "orders")
# Who may collect money, with what each needs to be told besides.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "sandbox": (),
    "stripe": ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"),
}
LIVE_KEYS = ("sk_live_", "rk_live_")
BASE = Path(__file__).resolve().parent.parent


class Environment:
    """The environment of one process, as the rest of the settings need it."""

    def __init__(self) -> None:
        self._env = Env()
        self._env.read_env(str(BASE / ".env"), recurse=False)
        self.debug = self._read(self._env.bool, "DEBUG", default=False)
        self.var = Path(self._read(self._env.str, "VAR_DIR", str(BASE / "var")))
        self.faults_file = self._development_only("FAULTS_FILE")
        self.valkey_url = self._valkey_url()
        self.rates = self._read(lambda name, default: read_rates(str(self._env.str(name, default))), "RATES", "")
        self.proxies = self._not_negative("PROXIES", 0)
        self.threads = self._read(self._env.int, "THREADS", 8)
        self.calls: dict[str, Protection] = self._read(self._protections, "CALLS", "")
        self.require_verified_email = self._read(self._env.bool, "REQUIRE_VERIFIED_EMAIL", default=False)
        self.lease_seconds = self._read(self._env.int, "LEASE_SECONDS", 60)
        self.order_ttl_seconds = self._read(self._env.int, "ORDER_TTL_SECONDS", 1800)
        self.order_retention_days = self._not_negative("ORDER_RETENTION_DAYS", 0)
        self.erasure_delay_days = self._not_negative("ERASURE_DELAY_DAYS", 0)
        self.erasure_settle_seconds = self._not_negative("ERASURE_SETTLE_SECONDS", 10)
        self.exports_a_day = self._not_negative("EXPORTS_A_DAY", 1)
        self.order_hard_cap_seconds = self._read(self._env.int, "ORDER_HARD_CAP_SECONDS", 86_400)
        self.order_poll_seconds = self._read(self._env.int, "ORDER_POLL_SECONDS", 120)
        self.cors_allowed_origins: list[str] = self._origins("CORS_ALLOWED_ORIGINS")
        self.allowed_hosts: list[str] = self._read(self._env.list, "ALLOWED_HOSTS", [])
        self.webhook_allow_loopback = self._webhook_allow_loopback()
        self.log_format = self._log_format()
        self.metrics: bool = self._read(self._env.bool, "METRICS", default=True)
        self.work_port: int = self._read(self._env.int, "WORK_PORT", 0)
        self.work_bind = str(self._read(self._env.str, "WORK_BIND", "127.0.0.1"))

    def traces_of(self, hosted: Sequence[str]) -> str:
        """The name under which spans are sent; empty where OpenTelemetry's own variable says nobody to send them to."""
        if not self._url("OTEL_EXPORTER_OTLP_ENDPOINT"):
            return ""
        if not _has_opentelemetry():
            raise WrongSetting(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is missing: install tearline[otel]"
            )
        own = "tearline" if len(hosted) == len(SERVICES) else "+".join(hosted)
        return str(self._read(self._env.str, "OTEL_SERVICE_NAME", "")) or own

    def topology(self) -> Topology:
        """Who is hosted here, where the others are, and the secrets of those that are hosted. Checked whole."""
        hosted = self._hosted()
        transport = self._transport()
        tls = read_tls(lambda name: str(self._read(self._env.str, name, "")), hosted)
        return Topology(
            hosted=hosted,
            urls=self._urls(hosted, transport, tls),
            public_url=self._public_url(hosted, tls),
            transport=transport,
            url_spaces={service: f"apps.{service}.api.urls" for service in hosted},
            secrets={service: self._secret(service) for service in hosted},
            signing_keys={service: self._signing_key(service) for service in hosted},
            key_files={service: file for service in hosted if (file := self._key_file(service))},
            tls=tls,
        )

    def database(self, service: str) -> dict[str, Any]:
        """Django's settings for the database of a hosted service; an SQLite file of its own where no URL is given."""
        name = f"{service.upper()}_DATABASE_URL"
        url = self._given(name) or f"sqlite:///{self.var / service}.sqlite3"
        return dict(self._read(lambda _, given: dj_database_url.parse(given), name, url))

    def email(self, hosted: Sequence[str]) -> dict[str, Any]:
        """Django's settings for sending letters; in development they are kept as files where no URL is given."""
        url = self._given("EMAIL_URL") or (f"file:///{self.var.absolute() / 'letters'}" if self.debug else "")
        if not url and {*WRITERS} & {*hosted}:
            raise WrongSetting("EMAIL_URL is missing: it says how letters are sent (with DEBUG=true they become files)")
        scheme, known = urlsplit(url).scheme, dj_email_url.SCHEMES
        if url and scheme not in known:
            raise WrongSetting(f"EMAIL_URL begins with one of {', '.join(known)}; it begins with {scheme!r}")
        read = self._read(lambda _, given: dj_email_url.parse(given), "EMAIL_URL", url)
        return {"EMAIL_TIMEOUT": 10, **{name: value for name, value in read.items() if value is not None}}

    def providers(self, hosted: Sequence[str]) -> list[str]:
        """Who collects money here. Each is told all that it needs, or it is an error where payments is."""
        named = [name.strip() for name in self._read(self._env.list, "PROVIDERS", ["sandbox"])]
        unknown = [name for name in named if name not in PROVIDERS]
        if unknown or not named:
            raise WrongSetting(f"PROVIDERS is a list of {', '.join(PROVIDERS)}; it names {unknown or 'nothing'}")
        missing = [name for provider in named for name in PROVIDERS[provider] if not self._given(name)]
        if missing and "payments" in hosted:
            raise WrongSetting(f"{missing[0]} or {missing[0]}_FILE is missing: PROVIDERS names who needs it")
        return named

    def stripe(self) -> tuple[str, str, str, str]:
        """Stripe's secret key, its publishable key, the secret of its webhooks, and its address in tests."""
        secret, publishable, webhooks = (self._given(name) for name in PROVIDERS["stripe"])
        if self.debug and secret.startswith(LIVE_KEYS):
            raise WrongSetting("STRIPE_SECRET_KEY is for real money: it is refused with DEBUG=true")
        return secret, publishable, webhooks, self._url("STRIPE_API_BASE")

    def _hosted(self) -> tuple[str, ...]:
        named = [name.strip() for name in self._read(self._env.list, "SERVICES", list(SERVICES))]
        unknown = [name for name in named if name not in SERVICES]
        if unknown or not named:
            raise WrongSetting(f"SERVICES is a list of {', '.join(SERVICES)}; it names {unknown or 'nothing'}")
        return tuple(service for service in SERVICES if service in named)

    def _transport(self) -> Transport:
        transport = self._read(self._env.str, "TRANSPORT", "in_process")
        if transport not in get_args(Transport):
            raise WrongSetting(f"TRANSPORT is one of {', '.join(get_args(Transport))}; it is {transport!r}")
        return cast("Transport", transport)

    def _urls(self, hosted: Sequence[str], transport: Transport, tls: Tls | None) -> dict[str, str]:
        urls = {}
        for service in SERVICES:
            is_called_over_http = service not in hosted or transport == "http"
            url = self._url(f"{service.upper()}_URL")
            if is_called_over_http and not url:
                why = (
                    "TRANSPORT=http calls it over the network"
                    if service in hosted
                    else "it is not hosted here (SERVICES)"
                )
                raise WrongSetting(f"{service.upper()}_URL is missing: it says where {service} is, because {why}")
            if is_called_over_http:
                _require_https(f"{service.upper()}_URL", url, tls)
            urls[service] = url
        return urls

    def _public_url(self, hosted: Sequence[str], tls: Tls | None) -> str:
        port = self._read(self._env.int, "PORT", 8000)
        url = self._url("PUBLIC_URL") or (f"http://127.0.0.1:{port}" if len(hosted) == len(SERVICES) else "")
        if not url:
            raise WrongSetting("PUBLIC_URL is missing: clients see one address, and this process is only a part of it")
        _require_https("PUBLIC_URL", url, tls)
        return url

    def _origins(self, name: str) -> list[str]:
        origins: list[str] = self._read(self._env.list, name, [])
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
                raise WrongSetting(f"{name} lists origins like https://app.example, without a path; one is {origin!r}")
        return origins

    def _url(self, name: str) -> str:
        url = str(self._read(self._env.str, name, "")).rstrip("/")
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query):
            raise WrongSetting(f"{name} is an address like http://127.0.0.1:8000, without a path; it is {url!r}")
        return url

    def _protections(self, name: str, default: str) -> dict[str, Protection]:
        return read_protections(str(self._env.str(name, default)), threads=self.threads)

    def _valkey_url(self) -> str:
        url = str(self._read(self._env.str, "VALKEY_URL", ""))
        if url and (urlsplit(url).scheme not in {"redis", "rediss"} or not urlsplit(url).hostname):
            raise WrongSetting(f"VALKEY_URL is an address like redis://127.0.0.1:6379/0; it is {url!r}")
        return url

    def _webhook_allow_loopback(self) -> bool:
        name = "WEBHOOK_ALLOW_LOOPBACK"
        return self._read(self._env.bool, name, default=False) and bool(self._development_only(name))

    def _log_format(self) -> str:
        """JSON for programs; where somebody develops and looks on, text."""
        looks_on = self.debug and sys.stderr.isatty()
        given = str(self._read(self._env.str, "LOG_FORMAT", "")) or ("text" if looks_on else "json")
        if given not in {"json", "text"}:
            raise WrongSetting(f"LOG_FORMAT is json or text; it is {given!r}")
        return given

    def _not_negative(self, name: str, default: int) -> int:
        number: int = self._read(self._env.int, name, default)
        if number < 0:
            raise WrongSetting(f"{name} is 0 or more; it is {number}")
        return number

    def _secret(self, service: str) -> str:
        return self._given_or_made(f"{service.upper()}_SECRET", f"{service}.secret", new_secret)

    def _signing_key(self, service: str) -> str:
        return self._given_or_made(f"{service.upper()}_SIGNING_KEY", f"{service}.pem", new_private_key)

    def _key_file(self, service: str) -> Path | None:
        """Where the signing key of a service came from, if that is a file."""
        name = f"{service.upper()}_SIGNING_KEY"
        if self._read(self._env.str, name, ""):
            return None
        return Path(self._read(self._env.str, f"{name}_FILE", "") or self.var / "keys" / f"{service}.pem").absolute()

    def _given_or_made(self, name: str, file: str, make: Any) -> str:
        """What is given; made on first use in development only."""
        if given := self._given(name):
            return given
        if not self.debug:
            raise WrongSetting(f"{name} or {name}_FILE is missing (only with DEBUG=true is one made)")
        return kept(self.var / "keys" / file, make)

    def _given(self, name: str) -> str:
        """From the variable, or the file that `<name>_FILE` names; empty where neither is there."""
        given = str(self._read(self._env.str, name, ""))
        path = self._read(self._env.str, f"{name}_FILE", "")
        if path and not Path(path).is_file():
            raise WrongSetting(f"{name}_FILE names a file that is not there: {path}")
        return given or (Path(path).read_text().strip() if path else "")

    def _development_only(self, name: str) -> str:
        value = str(self._read(self._env.str, name, ""))
        if value and not self.debug:
            raise WrongSetting(f"{name} is for development: it is refused without DEBUG=true")
        return value

    def _read(self, parse: Any, name: str, default: Any) -> Any:
        try:
            return parse(name, default)
        except (EnvError, ValueError) as exc:
            raise WrongSetting(f"{name} cannot be read: {exc}") from exc


def _has_opentelemetry() -> bool:
    """Whether the exporter is installed; it brings all the others along."""
    try:
        return bool(find_spec("opentelemetry.exporter.otlp.proto.http"))
    except ModuleNotFoundError:  # not even the packages around it
        return False


def _require_https(name: str, url: str, tls: Tls | None) -> None:
    if tls and not url.startswith("https:"):
        raise WrongSetting(f"{name} begins with https://, because TLS_CERTIFICATE_FILE is set; it is {url!r}")


def kept(file: Path, make: Any) -> str:
    """What the file holds; made by whichever process is first, and the same for all."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def new_private_key() -> str:
    """An RSA key of 2,048 bits, as PEM (PKCS #8)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()
