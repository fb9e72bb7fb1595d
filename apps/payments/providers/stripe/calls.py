"""One call to Stripe: how long it may take, what its failures mean, and whether it may have been done."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
import stripe
from urllib3.exceptions import NewConnectionError
from urllib3.util import Timeout

from apps.payments.problems import ProviderUnavailable
from apps.payments.providers.base import Declined
from apps.payments.providers.stripe.declines import decline
from chassis import context

Answer = TypeVar("Answer")
BUDGET_SECONDS = 10.0
CONNECT_SECONDS = 3.0
RETRIES = 1
# What the SDK lets pass before it tries once more.
PAUSE_SECONDS = stripe.HTTPClient.INITIAL_DELAY
logger = logging.getLogger("tearline")


class Line:
    """The way to Stripe, with the secret key of one account; `api_base` is another address than Stripe's own."""

    def __init__(self, secret_key: str, api_base: str = "") -> None:
        self._secret_key, self._api_base = secret_key, api_base or stripe.DEFAULT_API_BASE
        self._session = requests.Session()
        self._session.trust_env = False  # a netrc would replace the key

    def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """What Stripe answers. Raises ProviderUnavailable, also where it refuses to say."""
        try:
            return self.command(question)
        except Declined as refusal:
            logger.exception("stripe refuses a question: %s", refusal.reason.code)
            raise ProviderUnavailable(outcome_unknown=False) from refusal

    def command(self, order: Callable[[Any], Answer]) -> Answer:
        """What Stripe answers to what it is told to do. Raises Declined, or ProviderUnavailable."""
        tries = Tries(self._session)
        client = stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base},
            http_client=tries,
            max_network_retries=RETRIES,
        )
        try:
            return order(client)
        except stripe.StripeError as failure:
            raise _meaning(failure, may_be_done=tries.may_be_done) from failure


class Tries(stripe.HTTPClient):
    """The requests of one call: together they end in time, and it is known whether a command may have been done."""

    name = "requests"

    def __init__(self, session: requests.Session) -> None:
        super().__init__()
        left = context.current().seconds_left()
        seconds = BUDGET_SECONDS if left is None else min(BUDGET_SECONDS, left)
        self._session, self._ends_at = session, time.monotonic() + seconds
        self.may_be_done = False

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        one = stripe.RequestsClient(timeout=self._timeout(), session=self._session)  # type: ignore[arg-type]  # requests takes it
        try:
            content, status, answered = one.request(method, url, headers, post_data)
        except stripe.APIConnectionError as failure:
            self.may_be_done |= method == "post" and not _was_never_sent(failure)
            failure.should_retry &= self._seconds_left() > 0
            raise
        # Whatever is neither done nor refused: a conflict is with the same command, still at work.
        self.may_be_done |= method == "post" and not (400 <= status < 500 and status != 409)
        return content, status, answered

    def close(self) -> None:
        self._session.close()

    def _timeout(self) -> Timeout:
        left = self._seconds_left()
        if left <= 0:
            raise stripe.APIConnectionError("No time is left")
        return Timeout(connect=min(left, CONNECT_SECONDS), total=left)

    def _seconds_left(self) -> float:
        """For a try: after it there may be a pause, and even that ends before the deadline."""
        return self._ends_at - time.monotonic() - PAUSE_SECONDS


def _was_never_sent(failure: stripe.APIConnectionError) -> bool:
    cause = failure.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    never = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    return isinstance(cause, never) or isinstance(reason, NewConnectionError)


def _meaning(failure: stripe.StripeError, *, may_be_done: bool) -> Exception:
    if isinstance(failure, stripe.IdempotencyError):
        logger.error("stripe knows this key with other values, which is a bug of ours: %s", failure)
        return ProviderUnavailable(outcome_unknown=True)
    if isinstance(failure, stripe.AuthenticationError | stripe.PermissionError):
        logger.error("stripe does not accept the key: %s", failure)
    if isinstance(failure, stripe.CardError | stripe.InvalidRequestError) and not may_be_done:
        error = (failure.error.to_dict() if failure.error else None) or {}
        logger.info("stripe declines: %s", failure)
        return Declined(decline(error))
    return ProviderUnavailable(outcome_unknown=may_be_done)
