"""Bugs of the kind that chaos is for, planted on purpose to show that it finds each of them: the product has none.

`python -m tests.chaos --plant NAME` is a trial of the product with that bug, `--planted` one of each.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tests.chaos.buyers import Taste


@dataclass(frozen=True)
class Plant:
    """Where a bug does harm: the words of the points, in how many processes, and what buyers have to do for that."""

    words: str
    taste: Taste = field(default_factory=Taste)
    processes: str = "one process"


PLANTS = {
    "an_outbox_nobody_rereads": Plant("relay"),
    "a_double_charge_on_retry": Plant("confirm", Taste(methods=("sbx_timeout_but_charged",))),
    "a_compensation_that_runs_twice": Plant(
        "payments: POST /v1/payments/{id}/refunds | after", Taste(after=(0, 90, 10, 0)), "three processes"
    ),
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
    from chassis import calls

    send = calls._send

    def send_anew(guarded: Any, request: Any, seconds: float) -> Any:
        if request.method == "POST" and request.path_url.endswith("/refunds"):
            body = json.loads(request.body)
            if _is_retry(body["refund_request_id"]):
                again = {**body, "refund_request_id": f"{body['refund_request_id']}-{secrets.token_hex(2)}"}
                request.body = json.dumps(again).encode()
                request.headers["Content-Length"] = str(len(request.body))
        return send(guarded, request, seconds)

    calls._send = send_anew


def _is_retry(what: str) -> bool:
    """Whether it was asked before, by this process or one that has died."""
    asked = settings.VAR_DIR / "asked"
    asked.mkdir(exist_ok=True)
    try:
        (asked / what).touch(exist_ok=False)
    except FileExistsError:
        return True
    return False
