"""`manage.py rotate_signing_key orders`: another key signs from now on, and no request fails."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis import key_files
from chassis.key_files import Entry
from chassis.own_keys import private_keys
from chassis.topology import SERVICES, topology
from config import rotations


class Command(BaseCommand):
    help = "Publish a new signing key, wait until everybody knows it, sign with it. After an interruption: once more."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("service", choices=SERVICES)
        parser.add_argument("--only-publish", action="store_true", help="leave the rest to the next run")
        parser.add_argument(
            "--withdraw",
            action="store_true",
            help="stop publishing every other key, as when one was stolen: within two minutes its tokens are refused",
        )

    def handle(self, *args: Any, service: str, only_publish: bool, withdraw: bool, **options: Any) -> None:
        file = _file(service)
        try:
            with rotations.alone(file):
                following = self._publish(service, file, withdraw=withdraw)
                if not only_publish:
                    self._sign(service, file, following, withdraw=withdraw)
        except BlockingIOError as exc:
            raise CommandError(f"somebody else replaces the key in {file} right now") from exc
        except (OSError, ValueError, TypeError, rotations.TooEarly) as exc:
            raise CommandError(f"{file}: {exc}") from exc

    def _publish(self, service: str, file: Path, *, withdraw: bool) -> Entry:
        """The key that is going to sign; it may have been published by a run that was interrupted."""
        before = _entries(service, file)
        entries = rotations.publish(before, datetime.now(UTC), withdraw=withdraw)
        following = rotations.waiting(entries)
        if following is None:
            raise ValueError("no key waits to sign")
        if entries != before:
            rotations.replace(file, entries)
        self.stdout.write(f"{service}: {_kid(service, following)} is published")
        return following

    def _sign(self, service: str, file: Path, following: Entry, *, withdraw: bool) -> None:
        seconds = rotations.seconds_to_wait(following, datetime.now(UTC))
        self.stdout.write(f"{service}: it signs in {seconds:.0f} s, when everybody knows it")
        time.sleep(seconds)
        entries = rotations.sign(_entries(service, file), datetime.now(UTC), withdraw=withdraw)
        rotations.replace(file, entries)
        self.stdout.write(f"{service}: {_kid(service, entries[0])} signs")
        for entry in entries[1:]:
            self.stdout.write(f"{service}: {_kid(service, entry)} stays published for the tokens that it has signed")


def _file(service: str) -> Path:
    if not topology().hosts(service):
        raise CommandError(f"{service} is not hosted here (SERVICES)")
    if service not in topology().key_files:
        raise CommandError(
            f"{service.upper()}_SIGNING_KEY holds the key itself: only what is in a file can be replaced"
        )
    return topology().key_files[service]


def _entries(service: str, file: Path) -> list[Entry]:
    """All of them good: a file that processes could not read is not worked with."""
    text = file.read_text()
    private_keys(service, text)
    return key_files.read(text)


def _kid(service: str, entry: Entry) -> str:
    return private_keys(service, entry.pem)[0].kid
