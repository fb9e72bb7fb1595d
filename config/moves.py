"""Moving a service from one database to another while it serves.

What is done when, and what becomes of it if the mover dies right after (docs/decisions/0015)::

    the target is emptied, migrated, closed    the source serves on; repeat the command
    the source is closed                       it opens by itself a few seconds later; repeat
    the rows are copied and compared           the same
    the source is left, in one statement       whoever looks goes to the target, and opens it
    the target is opened                       done
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import dj_database_url
from django.apps import apps
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import Error, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.transaction import atomic
from django.utils import timezone

from chassis.leases import Leased
from chassis.pauses import (
    HOLD_SECONDS,
    TABLE,
    Mark,
    admit,
    configured,
    follow,
    read_mark,
    sealed,
    unsealed,
    use_current,
)
from config.copies import CannotKeep, Copy, copy_rows, models_of
from config.databases import SQLITE_ENGINE, address_of, place_of
from config.fences import Fence, WritesGoOn
from config.locks import LockTaken, locked
from config.routers import apps_in

# Longer than a batch takes; so long do writes wait for a mover that died.
LEASE_SECONDS = 15.0
CONNECT_SECONDS = 5
DJANGO_MAKES = {"auth_permission", "django_content_type"}


class CannotMove(Exception):
    """Why not, for the person who asked. Everything is as it was before."""


@dataclass
class Move:
    """What was done: the tables with their sums, and for how long writes were refused. Without tables, nothing was."""

    source: str
    target: str
    copies: list[Copy] = field(default_factory=list)
    paused_seconds: float = 0.0


def move_database(service: str, url: str) -> Move:
    """Move the service's rows to the database at `url`, and the service after them. Raises CannotMove."""
    given = connections.settings[service]
    with _opened(service, url) as target:
        try:
            follow(service)
            move = Move(_place(service), _place(target))
            if move.source != move.target:
                with locked(connections[service]):
                    return _Mover(service, target, move).run()
            if connections.settings[service] is given:
                raise CannotMove(f"{service} is there already: {move.target}")
        except (Error, WritesGoOn, LockTaken, CannotKeep) as exc:
            raise CannotMove(f"{exc}") from exc
        _finish(target)
        return move


class _Mover:
    """One move, from the service's alias to the alias `target`."""

    def __init__(self, service: str, target: str, move: Move) -> None:
        self.service, self.target, self.move = service, target, move
        self.id = secrets.token_hex(16)
        self.source_fence, self.target_fence = Fence(service), Fence(target)
        self.filled = Mark(self.id, "filled", None, self._address(service))

    def run(self) -> Move:
        follow(self.service)
        if _place(self.service) != self.move.source:
            raise CannotMove("another move was made just now: try again")
        self._make_ready()
        began_at = time.monotonic()
        self._close()
        try:
            self._copy()
            self._leave()
        except BaseException:
            self.source_fence.open(self.id)
            _tidy(self.source_fence)
            raise
        with suppress(Error):  # it is done: if the target is out of reach now, whoever reaches it again opens it
            admit(connections[self.target], self.id)
        _finish(self.target)
        self.move.paused_seconds = time.monotonic() - began_at
        return self.move

    def _make_ready(self) -> None:
        """An empty database of the present schema, which nobody but us fills."""
        if mark := read_mark(connections[self.target]):
            self._require_left_behind(mark)
            _drop_tables(self.target)
        else:
            _refuse_foreign_rows(self.service, self.target)
        _migrate(self.service, self.target)
        self.target_fence.close(self.filled)

    def _require_left_behind(self, mark: Mark) -> None:
        """What was once copied from where we are, or left for it, is a copy of ours and may be replaced."""
        try:
            came_from = place_of(unsealed(self.service, mark.address))
        except Exception as exc:
            raise CannotMove(f"{self.move.target} is marked by a move of another service") from exc
        if mark.state == "copied" or came_from != self.move.source:
            raise CannotMove(f"{self.move.target} is part of another move: from or to {came_from}")

    def _close(self) -> None:
        self.source_fence.close(Mark(self.id, "copied", None, self._address(self.target)), seconds=LEASE_SECONDS)
        mark = read_mark(connections[self.target])
        if mark != self.filled:
            self.source_fence.open(self.id)
            raise CannotMove(f"{self.move.source} and {self.move.target} are the same database, or another move began")

    def _copy(self) -> None:
        """Copied, compared and marked in one transaction: an interrupted one leaves nothing behind."""
        with atomic(using=self.target):
            self.target_fence.unmark()
            self.move.copies = copy_rows(self.service, self.target, self._keep_closed)
            if different := [copy.table for copy in self.move.copies if not copy.is_equal]:
                raise CannotMove(f"these differ after they were copied: {', '.join(different)}")
            _release(self.service, self.target)
            self.target_fence.mark(self.filled)

    def _leave(self) -> None:
        if not self.source_fence.leave(self.id, self._address(self.target)):
            raise CannotMove("the pause ran out before the copy was complete, or another move began: try again")

    def _keep_closed(self) -> None:
        if not self.source_fence.extend(self.id, LEASE_SECONDS):
            raise CannotMove("the pause ran out while rows were copied, or another move began: try again")

    def _address(self, alias: str) -> str:
        return sealed(self.service, address_of(connections.settings[alias]))


@contextmanager
def _opened(service: str, url: str) -> Iterator[str]:
    """A Django alias for the database at `url`. Raises CannotMove where it cannot be reached; it tells no password."""
    alias = f"{service}_next"
    place = configured(service, _parsed(url))
    place["OPTIONS"] = {name: value for name, value in place["OPTIONS"].items() if name != "pool"}
    if place["ENGINE"] != SQLITE_ENGINE:
        place["OPTIONS"].setdefault("connect_timeout", CONNECT_SECONDS)
    connections.settings[alias] = place
    try:
        connections[alias].ensure_connection()
        yield alias
    except Error as exc:
        raise CannotMove(f"{place_of(address_of(place))} cannot be used: {exc}") from exc
    finally:
        connections[alias].close()
        del connections[alias], connections.settings[alias]


def _parsed(url: str) -> dict[str, Any]:
    try:
        address = address_of(dict(dj_database_url.parse(url)))
    except Exception:  # noqa: BLE001  whatever it does not like, it may quote, and a password may be in it
        address = {"ENGINE": "", "NAME": ""}
    known = address["ENGINE"] == SQLITE_ENGINE or "postgresql" in address["ENGINE"]
    if not known or not address["NAME"] or address["NAME"].endswith(":memory:"):
        raise CannotMove(
            "--to is an address like postgresql://role:password@host:5432/name or sqlite:///file"
        ) from None
    return address


def _place(alias: str) -> str:
    return place_of(address_of(connections.settings[alias]))


def _refuse_foreign_rows(service: str, target: str) -> None:
    """Whatever is in the target already is somebody's, unless it is an empty table of this service."""
    tables = set(connections[target].introspection.table_names()) - {TABLE}
    own = {model._meta.db_table: model for model in models_of(service)}
    if foreign := tables - set(own) - {MigrationRecorder.Migration._meta.db_table}:
        raise CannotMove(f"{_place(target)} holds what is not of {service}: {', '.join(sorted(foreign))}")
    filled = [table for table in tables & set(own) - DJANGO_MAKES if own[table]._default_manager.using(target).exists()]
    if filled:
        raise CannotMove(
            f"{_place(target)} holds rows that no move of {service} put there: {', '.join(sorted(filled))}"
        )


def _drop_tables(alias: str) -> None:
    """Everything but the mark, which leads to where the service is as long as this is no place to be."""
    connection = connections[alias]
    tables = [name for name in connection.introspection.table_names() if name != TABLE]
    cascade = "CASCADE" if connection.vendor == "postgresql" else ""
    with connection.constraint_checks_disabled(), atomic(using=alias), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} {cascade}")


def _migrate(service: str, target: str) -> None:
    """The router knows a service's database by the service's name, so for this time the target has that name."""
    here = connections.settings[service]
    connections.settings[service] = connections.settings[target]
    use_current(service)
    try:
        for label in apps_in(service):
            call_command(migrate.Command(), label, database=service, verbosity=0, skip_checks=True)
    finally:
        connections.settings[service] = here
        use_current(service)


def _release(service: str, target: str) -> None:
    """What requests and workers had in hand they cannot finish at the source: it is free for the next to take up."""
    for model in models_of(service):
        if issubclass(model, Leased):
            held = model.objects.using(target).waiting().exclude(leased_by="")
            held.update(leased_by="", leased_until=None)
    unanswered = apps.get_model(service, "IdempotencyRecord")._default_manager.using(target).filter(answer=None)
    unanswered.update(leased_until=timezone.now())


def _finish(target: str) -> None:
    """Wait until the target takes writes, then remove what refused them."""
    time.sleep(HOLD_SECONDS)
    _tidy(Fence(target))


def _tidy(fence: Fence) -> None:
    """Open gates are in nobody's way."""
    with suppress(Error, WritesGoOn):
        fence.take_down()
