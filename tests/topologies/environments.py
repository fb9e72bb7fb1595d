"""What a test's processes are given: the environment of a new clone."""

import os

from chassis.rates import read_rates

OURS = ("SERVICES", "TRANSPORT", "PORT", "PUBLIC_URL", "DEBUG", "VAR_DIR", "FAULTS_FILE", "DEMO", "VALKEY_URL")
OURS += (
    "WEB_CONCURRENCY",
    "THREADS",
    "CALLS",
    "GATEWAY_BIND",
    "RATES",
    "PROXIES",
    "EMAIL_URL",
    "REQUIRE_VERIFIED_EMAIL",
    "WEBHOOK_ALLOW_LOOPBACK",
    "ORDER_RETENTION_DAYS",
    "ERASURE_DELAY_DAYS",
    "ERASURE_SETTLE_SECONDS",
    "EXPORTS_A_DAY",
)
OURS += ("TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "TLS_CA_FILE", "GATEWAY_CERTIFICATE_FILE", "GATEWAY_KEY_FILE")
OURS += ("METRICS", "LOG_FORMAT", "WORK_PORT", "WORK_BIND", "OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT")
OURS += ("PROVIDERS", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
# Tests ask more often than people; those that are about rates give their own.
GENEROUS = ",".join(f"{name}=1000000/min" for name in read_rates(""))
WHOLE = {
    "SERVICES": "users,orders,payments",
    "TRANSPORT": "in_process",
    "ORDER_TTL_SECONDS": "1800",
    "RATES": GENEROUS,
    "PROVIDERS": "sandbox",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "",
}
OURS_BY_SERVICE = (
    "URL",
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "SECRET",
    "SECRET_FILE",
    "SIGNING_KEY",
    "SIGNING_KEY_FILE",
)


def environment(**given: str) -> dict[str, str]:
    """This process's environment without anything that is ours, and with what is given.

    What is not given is as in a new clone, so that a developer's `.env` cannot add to it.
    """
    ours = [*OURS, *(f"{service}_{name}" for service in ("USERS", "ORDERS", "PAYMENTS") for name in OURS_BY_SERVICE)]
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    empty = {name: "" for name in ours if name.endswith(("_URL", "_FILE", "_SECRET", "_KEY"))}
    return {**kept, **empty, **WHOLE, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings", **given}
