"""How often anybody may ask (RFC 6585, section 4; draft-ietf-httpapi-ratelimit-headers).

Whoever is known is counted by who they are, with all programs that ask for them; everybody else by their address, also
when their credentials are refused.
Counts are exact, however many ask at once; with a Valkey, also over all processes of a service::

    HTTP/1.1 429 Too Many Requests
    RateLimit-Policy: "sign_in";q=30;w=60
    RateLimit: "sign_in";r=0;t=12
    Retry-After: 12
"""

import logging
import math
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from chassis.callers import caller_of
from chassis.problems import RateLimited
from chassis.rates import Rate
from chassis.windows import Windows

# While Valkey is away, each process counts for itself, and does not wait for it with every request.
TRIED_AGAIN_AFTER_SECONDS = 5
ANSWERS_WITHIN_SECONDS = 0.25
BY_ADDRESS = {"register", "sign_in", "forgot", "address"}
logger = logging.getLogger("tearline")


@dataclass(frozen=True)
class Spent:
    """One request, counted: what is left of its rate, and in how many seconds there is more."""

    name: str
    rate: Rate
    is_allowed: bool
    remaining: int
    seconds: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.rate.count};w={self.rate.seconds}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.seconds}',
        }

    def refusal(self) -> RateLimited:
        headers = {"Retry-After": str(self.seconds)}
        return RateLimited(f"Ask again in {self.seconds} s", headers=headers, violated_policies=[self.name])


class Throttle(BaseThrottle):
    """The rate that the view names for the method in `throttle_scopes`, else that of callers or of addresses.

    Services are not counted: whom they ask for has been.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller.service:
            return True
        scope = view.throttle_scopes.get(request.method, "address" if caller.is_anonymous else "caller")
        is_by_address = scope in BY_ADDRESS or caller.is_anonymous
        whom = address_of(request._request) if is_by_address else caller.on_behalf_of or caller.id
        view.spent = spend(view.service, scope, whom)
        return bool(view.spent.is_allowed)


def spend(service: str, name: str, who: str) -> Spent:
    """Count one request of `who`; it is counted only if it is allowed."""
    rate: Rate = settings.RATES[name]
    item = RateLimitItemPerSecond(rate.count, rate.seconds, namespace=service or "process")
    is_allowed, reset, remaining = _counters().hit(item, name, who)
    return Spent(name, rate, is_allowed, max(0, remaining), max(1, math.ceil(reset - time.time())))


def address_of(request: HttpRequest) -> str:
    """Where the request comes from: what the outermost of our `PROXIES` saw. An IPv6 customer is a /64 network."""
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    told = seen[-min(settings.PROXIES, len(seen))] if settings.PROXIES and seen else request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(told)
    except ValueError:
        return str(told)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


class Counters:
    """Moving windows in memory, or in Valkey as long as that answers."""

    def __init__(self, url: str) -> None:
        self._own = Windows()
        self._shared = MovingWindowRateLimiter(_valkey(url)) if url else None
        self._away_until = 0.0

    def hit(self, item: RateLimitItemPerSecond, *who: str) -> tuple[bool, float, int]:
        """Whether there was room for one more, when there is more room, and how much is left."""
        if self._shared and time.monotonic() >= self._away_until:
            try:
                return _hit(self._shared, item, *who)
            except RedisError as exc:
                self._away_until = time.monotonic() + TRIED_AGAIN_AFTER_SECONDS
                logger.warning("Valkey does not count requests now, each process does: %s", exc)
        return self._own.hit(item.key_for(*who), item.amount, item.get_expiry())


_made: dict[str, Counters] = {}
_making = Lock()


def _counters() -> Counters:
    """Those of this process, made when they are first needed, once however many threads need them."""
    with _making:
        if settings.VALKEY_URL not in _made:
            _made[settings.VALKEY_URL] = Counters(settings.VALKEY_URL)
        return _made[settings.VALKEY_URL]


def _valkey(url: str) -> Storage:
    within: dict[str, Any] = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), ANSWERS_WITHIN_SECONDS)
    return RedisStorage(url, key_prefix="tearline", **within)


def _hit(limiter: MovingWindowRateLimiter, item: RateLimitItemPerSecond, *who: str) -> tuple[bool, float, int]:
    is_allowed = limiter.hit(item, *who)
    window = limiter.get_window_stats(item, *who)
    return is_allowed, window.reset_time, window.remaining
