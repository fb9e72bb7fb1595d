"""Letters to people: written with the change that they tell of, sent by the workers, kept sealed until they are sent.

The text is a template `<service>/mail/<kind>.txt`, its first line the subject. A letter that was sent just before its
worker died is sent again, with the same Message-ID.
"""

import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connections, models
from django.db.transaction import atomic
from django.template.loader import render_to_string
from django.utils import timezone

from chassis import context, kills
from chassis.identifiers import IdField
from chassis.leases import Leased
from chassis.problems import ServicePaused
from chassis.signing import seal, unseal
from chassis.statements import insert
from chassis.topology import topology
from chassis.wakes import wake_on_commit

# A domain that no mailbox is in (RFC 2606).
NOWHERE = "@invalid"
logger = logging.getLogger("tearline")


class Mail(Leased):
    """A letter. `sealed` holds to whom and what for, and nothing once it was sent."""

    id = IdField("mai")
    kind = models.CharField(max_length=40)
    sealed = models.BinaryField()
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


def post(service: str, kind: str, *, to: str, **facts: Any) -> None:
    """Have a letter sent once the open transaction is committed. `facts` (JSON) are what its template tells.

    Somebody who was erased gets none.
    """
    if not connections[service].in_atomic_block:
        raise RuntimeError(f"the letter {kind} is written outside the transaction of its change")
    if to.endswith(NOWHERE):
        return
    sealed = seal(service, {"to": to, "facts": facts})
    insert(apps.get_model(service, "Mail")(kind=kind, sealed=sealed, request_id=context.current().request_id))
    wake_on_commit(service)


def forget(service: str, addresses: Collection[str]) -> None:
    """Let no letter to these addresses wait any longer. Few wait at a time, so each is opened."""
    mails = apps.get_model(service, "Mail").objects.waiting()
    theirs = [mail.pk for mail in mails if _goes_to(service, mail, addresses)]
    mails.filter(pk__in=theirs).update(sealed=b"", done_at=timezone.now())


def send(service: str, worker: str) -> int:
    """Send what is due; returns how many letters were taken."""
    taken = apps.get_model(service, "Mail").objects.due().lease(worker)
    for mail in taken:
        with context.entered(context.for_work(mail.request_id, service=service)), kills.running("mail", mail.kind):
            _try(service, mail)
    return len(taken)


def letter(service: str, kind: str, *, to: str, facts: dict[str, Any]) -> EmailMessage:
    """The letter as it is sent."""
    told = {**facts, "shop": settings.SHOP_NAME, "public_url": topology().public_url}
    subject, _, text = render_to_string(f"{service}/mail/{kind}.txt", told).partition("\n")
    return EmailMessage(subject.strip(), text.strip() + "\n", to=[to])


def _goes_to(service: str, mail: Any, addresses: Collection[str]) -> bool:
    """What was sealed with a secret that is another now goes to nobody."""
    with suppress(InvalidToken):
        return unseal(service, mail.sealed)["to"] in addresses
    return False


def _try(service: str, mail: Any) -> None:
    """Whatever is wrong with one letter holds up no other."""
    try:
        _send(service, mail)
    except ServicePaused:
        raise
    except Exception as exc:
        logger.exception("the letter %s could not be sent", mail.id)
        mail.try_later(type(exc).__name__)


def _send(service: str, mail: Any) -> None:
    written = unseal(service, mail.sealed)
    message = letter(service, mail.kind, to=written["to"], facts=written["facts"])
    message.extra_headers["Message-ID"] = f"<{mail.id}@{urlsplit(topology().public_url).hostname}>"
    try:
        message.send()
    except OSError as exc:  # smtplib's errors are some of these
        logger.warning("the letter %s could not be sent: %s", mail.id, type(exc).__name__)
        mail.try_later(type(exc).__name__)
    else:
        mail.sealed = b""
        # Together: an empty letter that is still to be sent could never be.
        with atomic(using=service):
            mail.save(update_fields=["sealed"])
            mail.finish()
