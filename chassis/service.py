"""What makes an app a service: what it reacts to, and the work that it has of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created

from chassis.announcements import Reaction
from chassis.callers import KnownKey
from chassis.invariants import Invariants

# How often a worker tidies up.
NOW_AND_THEN_SECONDS = 10.0


@dataclass(frozen=True)
class Job:
    """One kind of work. `run` is given the worker's name, does what is due, and returns how much it found.

    It is run in every round, or only every so many seconds: what nobody waits for need not hold up what somebody does.
    """

    name: str
    run: Callable[[str], int]
    every_seconds: float = 0.0


@dataclass(frozen=True)
class Step:
    """What one step of long work came to: a piece of the result, how much is done by now, and where the next begins."""

    content: str
    done: int
    total: int
    position: dict[str, Any] | None


# What does one step of an operation.
Work = Callable[[Any], Step]


class ServiceConfig(AppConfig):
    """An app that is a service. Its label names its database, its URL namespace and its part of the route table."""

    def ready(self) -> None:
        from chassis import deadlines, kills
        from chassis.searches import fold_all_letters

        connection_created.connect(fold_all_letters)
        connection_created.connect(deadlines.watch)
        if settings.FAULTS_FILE:
            connection_created.connect(kills.watch)

    def reactions(self) -> dict[str, Reaction]:
        """What to do when another service announces something, by the type of the announcement."""
        return {}

    def own_jobs(self) -> list[Job]:
        """The service's own unfinished business, besides announcements."""
        return []

    def known_key(self, digest: str) -> KnownKey | None:
        """What an API key opens, found by its digest; None if it is good for nothing. Raises CallFailed."""
        return None

    def operations(self) -> dict[str, Work]:
        """What does a step of each kind of long work; kinds that are not here are for jobs of the service's own."""
        return {}

    def invariants(self) -> Invariants:
        """What must hold of what this service is about: `INVARIANTS` in its module of that name."""
        told: Invariants = import_module(f"{self.name}.invariants").INVARIANTS
        return told

    def jobs(self) -> list[Job]:
        from chassis import idempotency, inbox, keys, outbox, pauses, revocations, webhook_deliveries

        service = self.label
        return [
            Job("keep up", lambda _: pauses.keep_up(service)),
            Job("relay", lambda worker: outbox.relay(service, worker)),
            Job("react", lambda worker: inbox.react(service, self.reactions(), worker)),
            *self.own_jobs(),
            *self._long_work(),
            *self._letters(),
            *self._known_answers(),
            Job("tell webhooks", lambda _: webhook_deliveries.tell(service)),
            Job("send webhooks", lambda worker: webhook_deliveries.send(service, worker)),
            Job("old webhooks", lambda _: webhook_deliveries.forget(service), NOW_AND_THEN_SECONDS),
            Job("forget", lambda _: idempotency.forget_old_answers(service), NOW_AND_THEN_SECONDS),
            Job("keys", lambda _: keys.ask_again(service), NOW_AND_THEN_SECONDS),
            Job("old revocations", lambda _: revocations.forget(service), NOW_AND_THEN_SECONDS),
        ]

    def _letters(self) -> list[Job]:
        """Only where letters are written."""
        from chassis import mails

        return [Job("mail", lambda worker: mails.send(self.label, worker))] if "mail" in self.models else []

    def _known_answers(self) -> list[Job]:
        """Only where answers of others are kept."""
        from chassis import known_answers

        if not known_answers.keeps_answers(self.label):
            return []
        return [
            Job("known answers", lambda _: known_answers.renew(self.label)),
            Job("unread answers", lambda _: known_answers.forget_unread(self.label), NOW_AND_THEN_SECONDS),
        ]

    def _long_work(self) -> list[Job]:
        from chassis import operations

        if "operation" not in self.models:
            return []
        kinds = self.operations()
        return [
            *([Job("operations", lambda _: operations.advance(self.label, kinds))] if kinds else []),
            Job("old operations", lambda _: operations.forget(self.label), NOW_AND_THEN_SECONDS),
        ]
