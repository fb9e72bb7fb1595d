"""Bugs of the kind that chaos is for, planted on purpose to show that it finds each of them: the product has none.

`python -m tests.chaos --plant NAME` is a trial of the product with that bug, `--planted` one of each.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tests.chaos.buyers import Taste

# Each with words that the points have at which it does harm, and what buyers have to do for that.
PLANTS = {
    "an_outbox_nobody_rereads": ("relay", Taste()),
    "a_double_charge_on_retry": ("confirm", Taste(methods=("sbx_timeout_but_charged",))),
    "a_compensation_that_runs_twice": ("call POST payments /v1/payments/{id}/refunds", Taste(after=(0, 70, 30, 0))),
}
FRESH_SECONDS = 1.0


def an_outbox_nobody_rereads() -> None:
    """Announcements are delivered when they are new, and never again once that has failed or a process has died."""
    from chassis.leases import LeasedQuerySet

    due = LeasedQuerySet.due

    def only_fresh(rows: Any) -> Any:
        if not hasattr(rows.model, "subscriber"):
            return due(rows)
        return due(rows).filter(failures=0, event__occurred_at__gt=timezone.now() - timedelta(seconds=FRESH_SECONDS))

    LeasedQuerySet.due = only_fresh  # type: ignore[method-assign]


def a_double_charge_on_retry() -> None:
    """Whoever asks the provider once more to take the money does so under another key, and it is taken once more."""
    from apps.payments.models import SandboxIntent
    from apps.payments.providers.sandbox import Sandbox

    confirm = Sandbox.confirm

    def confirm_anew(provider: Any, reference: str, payment_method: str) -> Any:
        is_retry = _is_retry(f"{reference} {payment_method}")
        intent = confirm(provider, reference, payment_method)
        books = SandboxIntent.objects.get(pk=reference)
        if books.captured and is_retry:
            books.pk, books.idempotency_key = f"{reference}x", f"{reference}:{secrets.token_hex(4)}"
            books.save(force_insert=True)
        return intent

    Sandbox.confirm = confirm_anew  # type: ignore[method-assign]


def a_compensation_that_runs_twice() -> None:
    """Whoever asks once more for the same refund asks for another one."""
    from clients.payments import Payments

    refund = Payments.refund

    def refund_anew(client: Any, payment_id: str, order: Any, *, idempotency_key: str) -> Any:
        if _is_retry(order.refund_request_id):
            again = secrets.token_hex(2)
            order = type(order)(f"{order.refund_request_id}-{again}", order.amount, order.reason)
            idempotency_key = f"{idempotency_key}:{again}"
        return refund(client, payment_id, order, idempotency_key=idempotency_key)

    Payments.refund = refund_anew  # type: ignore[method-assign]


def _is_retry(what: str) -> bool:
    """Whether it was asked before, by this process or one that has died."""
    asked = settings.VAR_DIR / "asked"
    asked.mkdir(exist_ok=True)
    try:
        (asked / what).touch(exist_ok=False)
    except FileExistsError:
        return True
    return False
