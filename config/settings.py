"""Django's settings. What differs from process to process comes from the environment (environment.py)."""

from decimal import Decimal
from functools import partial
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers

from chassis.countries import COUNTRIES
from config.bounds import IMPORT_MAX_BYTES, MAX_BODY_BYTES  # noqa: F401  # settings
from config.databases import database_at
from config.environment import Environment
from config.oauth import oauth2_provider
from config.routes import DEPRECATED, VERSIONS
from config.versions import product_version

environment = Environment()

DEBUG = environment.debug
TOPOLOGY = environment.topology()
FAULTS_FILE = environment.faults_file
VAR_DIR = environment.var
LEASE_SECONDS = environment.lease_seconds

# Only Django's own machinery uses this one, and most of that is in users; services sign with secrets of their own.
SECRET_KEY = next(iter(TOPOLOGY.secrets.values()))
ALLOWED_HOSTS = [
    *(urlsplit(url).hostname or "" for url in (TOPOLOGY.public_url, *TOPOLOGY.urls.values()) if url),
    *environment.allowed_hosts,
    *(["localhost", "127.0.0.1", "[::1]"] if DEBUG else []),
]
CSRF_TRUSTED_ORIGINS = [TOPOLOGY.public_url]
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "chassis.middleware.csrf_failed"
CSRF_COOKIE_SECURE = TOPOLOGY.public_url.startswith("https:")
SECURE_HSTS_SECONDS = 31_536_000 if CSRF_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # callers with cookies are checked by chassis.authentication, pages by csrf_protect
    "security.W008",  # plain HTTP is refused by the gateway, and never redirected
]

# Pages of which other sites may ask from within a browser; what they may see of an answer besides its body.
CORS_ALLOWED_ORIGINS = environment.cors_allowed_origins
CORS_EXPOSE_HEADERS = [
    *("API-Version", "Deprecation", "ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit"),
    *("RateLimit-Policy", "Retry-After", "Sunset", "WWW-Authenticate", "X-Request-ID"),
]
CORS_ALLOW_HEADERS = [
    *default_headers,
    *("idempotency-key", "if-match", "if-none-match", "prefer", "traceparent", "tracestate", "x-operation-token"),
    *("x-order-token", "x-request-id"),
]

INSTALLED_APPS = [
    "config",
    "corsheaders",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chassis",
    *(["django.contrib.contenttypes", "django.contrib.auth", "oauth2_provider"] if TOPOLOGY.hosts("users") else []),
    *(f"apps.{service}.apps.{service.capitalize()}Config" for service in TOPOLOGY.hosted),
    *(["config.admin.AdminConfig"] if TOPOLOGY.hosts("users") else []),  # last, so that our templates come first
]
MIGRATION_MODULES = {"admin": None}  # its only table is a log, and we have our own
AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
OAUTH2_PROVIDER_APPLICATION_MODEL = "users.RegisteredClient"
OAUTH2_PROVIDER = oauth2_provider(TOPOLOGY.public_url)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

MIDDLEWARE = [
    "chassis.middleware.problems",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "chassis.versioning.versions",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chassis.middleware.OwnUrlSpace",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "chassis.pages.navigation"],
        },
    }
]

DATABASE_AT = partial(database_at, threads=environment.threads)
DATABASES = {
    "default": {},
    **{service: DATABASE_AT(service, environment.database(service)) for service in TOPOLOGY.hosted},
}
DATABASE_ROUTERS = ["config.routers.ServiceRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What the processes of one service share. Without a Valkey there is one process, and its memory does.
VALKEY_URL = environment.valkey_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": VALKEY_URL,
        "OPTIONS": dict.fromkeys(("socket_timeout", "socket_connect_timeout"), 0.25),
    }
    if VALKEY_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# How much anybody may ask, and how many proxies of ours stand between them and us.
RATES = environment.rates
PROXIES = environment.proxies

# How many threads a server has, and what protects it from neighbours that are slow or dead.
THREADS = environment.threads
CALLS = environment.calls

# How letters are sent, and from whom; a server that does not answer is tried again.
DEFAULT_FROM_EMAIL = f"no-reply@{urlsplit(TOPOLOGY.public_url).hostname}"
globals().update(environment.email(TOPOLOGY.hosted))

# Who collects money, and with which keys.
PROVIDERS: list[str] = environment.providers(TOPOLOGY.hosted)
STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE = environment.stripe()

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True

# Whether http://127.0.0.1:… may be a webhook endpoint, for whoever develops a receiver.
WEBHOOK_ALLOW_LOOPBACK = environment.webhook_allow_loopback

SHOP_NAME = "Tearline"
REQUIRE_VERIFIED_EMAIL = environment.require_verified_email
ORDER_TTL_SECONDS = environment.order_ttl_seconds
ORDER_RETENTION_DAYS = environment.order_retention_days
ERASURE_DELAY_DAYS = environment.erasure_delay_days
ERASURE_SETTLE_SECONDS = environment.erasure_settle_seconds
EXPORTS_A_DAY = environment.exports_a_day
ORDER_HARD_CAP_SECONDS = environment.order_hard_cap_seconds
ORDER_POLL_SECONDS = environment.order_poll_seconds
TAX_RATE = Decimal("0.2000")
SHIPPING: dict[str, int] = {}
SHIPPING_COUNTRIES = COUNTRIES

# What the pages for people lead to: from their top, and from an id by its prefix, whichever service has it.
NAVIGATION = [("Products", "/v2/products"), ("Orders", "/v2/orders"), ("Docs", "/docs"), ("Problems", "/problems")]
PAGES_OF_IDS = {
    "usr": "/v1/users/{id}",
    "prd": "/v2/products/{id}",
    "ord": "/v2/orders/{id}",
    "pay": "/v1/payments/{id}",
    "ref": "/v1/refunds/{id}",
    "opr": "/v2/services/orders/operations/{id}",
    "adr": "/v1/users/me/addresses/{id}",
}

PRODUCT_VERSION = product_version
API_VERSIONS = VERSIONS
DEPRECATED_VERSIONS = DEPRECATED

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "chassis.authentication.BearerAuthentication",
        "chassis.authentication.ApiKeyAuthentication",
        "chassis.authentication.CookieAuthentication",
    ],
    "UNAUTHENTICATED_USER": "chassis.callers.nobody",
    "DEFAULT_VERSIONING_CLASS": "chassis.versioning.PathVersioning",
    "ALLOWED_VERSIONS": sorted({version for versions in VERSIONS.values() for version in versions}),
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.negotiation.Negotiation",
    "DEFAULT_RENDERER_CLASSES": [
        *(f"chassis.formats.{name}" for name in ("JSON", "MessagePack", "XML", "CSV", "PlainText")),
        "chassis.renderers.BrowsablePages",
    ],
    "DEFAULT_PARSER_CLASSES": ["chassis.parsers.StrictJSON", "chassis.parsers.MergePatch", "chassis.forms.FormBody"],
    "DEFAULT_THROTTLE_CLASSES": ["chassis.throttles.Throttle"],
    "EXCEPTION_HANDLER": "chassis.problems.respond",
    "DEFAULT_SCHEMA_CLASS": "chassis.schemas.Schema",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tearline",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Relative to where the document was read, so that it is the same at every address. OWASP wants the rest.
    "SERVERS": [{"url": "/", "description": "This shop, in production or under test", "x-internal": False}],
    "SCHEMA_PATH_PREFIX": "/v[0-9]+",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        name: f"apps.{service}.models.{choices}"
        for service, name, choices in (
            ("orders", "FulfillmentStatus", "Fulfillment.Status"),
            ("orders", "OrderStatus", "Order.Status"),
            ("orders", "ProductStatus", "Product.Status"),
            ("orders", "RefundRequestStatus", "RefundRequest.Status"),
            ("orders", "StockMovementReason", "StockMovement.Reason"),
            ("payments", "CaptureMethod", "Payment.CaptureMethod"),
            ("payments", "PaymentStatus", "Payment.Status"),
            ("payments", "ProviderEventStatus", "ProviderEvent.Status"),
            ("payments", "RefundSource", "Refund.Source"),
            ("payments", "RefundStatus", "Refund.Status"),
        )
        if TOPOLOGY.hosts(service)
    }
    | {
        "OperationStatus": "chassis.operations.Status",
        "WebhookDeliveryStatus": "chassis.webhooks.DeliveryStatus",
        "WebhookEndpointStatus": "chassis.webhooks.EndpointStatus",
    },
}

# What is seen of requests, calls and work: docs/observability.md.
METRICS = environment.metrics
TRACES_OF = environment.traces_of(TOPOLOGY.hosted)
WORK_PORT, WORK_BIND = environment.work_port, environment.work_bind
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "chassis.logs.formatter", "form": environment.log_format}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "tearline": {"level": "INFO"},
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Requests have a line of ours; Django's are for what we could not see.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
        **{name: {"handlers": ["console"], "propagate": False} for name in ("gunicorn.error",)},
    },
}
