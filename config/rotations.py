"""How a service's signing key is replaced while everything runs: `manage.py rotate_signing_key` takes these steps.

A key is first published, then signs, then is retired: published for as long as tokens that it has signed are good. What
a key is, and since when, is noted before it in its file. Each step is one replacement of the file, so whoever is
interrupted goes on from where the file stands.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

from chassis import key_files
from chassis.key_files import Entry
from chassis.keys import REFETCH_SECONDS
from chassis.own_keys import LOOK_SECONDS
from chassis.tokens import LEEWAY_SECONDS, PAYER_SECONDS
from config.environment import new_private_key

# By then whoever meets the key has heard of it, or may ask (chassis/keys.py).
SURE_SECONDS = REFETCH_SECONDS + LOOK_SECONDS + 1
# A token for payers is good for longest; processes notice within a second that another key signs.
KEPT = timedelta(seconds=PAYER_SECONDS + LEEWAY_SECONDS + LOOK_SECONDS)
MOST = 3
PUBLISHED, SIGNING, RETIRED = "published", "signing", "retired"
_NOTE = re.compile(rf"({PUBLISHED}|{SIGNING}|{RETIRED}) (\S+)")


class TooEarly(Exception):
    """There would be too many keys; the message says when there is room for one."""


def publish(entries: list[Entry], now: datetime, *, withdraw: bool = False) -> list[Entry]:
    """With a new key that does not sign yet, and without those that no good token needs. One that waits is enough.

    Raises TooEarly while two older keys are needed, unless they are about to be withdrawn.
    """
    if waiting(entries):
        return entries
    needed = [entries[0], *(entry for entry in entries[1:] if now - _since(entry, now) < KEPT)]
    if len(needed) >= MOST and not withdraw:
        free_at = min(_since(entry, now) for entry in needed[1:]) + KEPT
        raise TooEarly(f"tokens of the key before the last are good until {free_at:%H:%M:%S} UTC")
    return [*needed, _noted(Entry(new_private_key()), PUBLISHED, now)]


def sign(entries: list[Entry], now: datetime, *, withdraw: bool = False) -> list[Entry]:
    """With the key that waits in front, and the one before it retired; or, if they are withdrawn, without any other."""
    following = waiting(entries)
    if following is None:
        raise ValueError("no key waits to sign")
    retired = [_noted(entries[0], RETIRED, now)]
    retired += [_noted(entry, RETIRED, _since(entry, now)) for entry in entries[1:] if entry is not following]
    return [_noted(following, SIGNING, now), *([] if withdraw else retired)]


def waiting(entries: list[Entry]) -> Entry | None:
    """The key that is published and has not signed yet."""
    return next((entry for entry in entries[1:] if entry.remark.startswith(f"{PUBLISHED} ")), None)


def seconds_to_wait(entry: Entry, now: datetime) -> float:
    """Until everybody surely knows of it."""
    return min(SURE_SECONDS, max(0.0, SURE_SECONDS - (now - _since(entry, now)).total_seconds()))


def replace(file: Path, entries: list[Entry]) -> None:
    """At once; whoever could read the old file can read the new one, and nobody else."""
    target = file.resolve()
    before = target.stat()
    draft = target.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    with draft.open("w") as stream:
        stream.write(key_files.write(entries))
        stream.flush()
        os.fsync(stream.fileno())
        os.fchown(stream.fileno(), before.st_uid, before.st_gid)
        os.fchmod(stream.fileno(), S_IMODE(before.st_mode))
    draft.replace(target)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else replaces keys of this file. Raises BlockingIOError if somebody does; a kill lets go of it."""
    target = file.resolve()
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _noted(entry: Entry, what: str, since: datetime) -> Entry:
    return Entry(entry.pem, f"{what} {since:%Y-%m-%dT%H:%M:%SZ}")


def _since(entry: Entry, now: datetime) -> datetime:
    """Of a key that somebody else put there nothing is known: it counts from now."""
    note = _NOTE.fullmatch(entry.remark)
    try:
        return datetime.strptime(note[2], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if note else now
    except ValueError:
        return now
