"""What the fake Stripe knows, in one SQLite file: whoever kills the process loses nothing that was answered."""

import json
import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager
from fnmatch import fnmatchcase

TABLES = """
CREATE TABLE IF NOT EXISTS objects (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, request TEXT, status INTEGER, body TEXT, at INTEGER);
CREATE TABLE IF NOT EXISTS requests (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);
CREATE TABLE IF NOT EXISTS faults (number INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT, kind TEXT, seconds REAL,
    times INTEGER);
CREATE TABLE IF NOT EXISTS endpoints (url TEXT PRIMARY KEY, secret TEXT);
CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT, event TEXT, state TEXT,
    due REAL, tries INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""
PUT = "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
WAITING_FAULTS = "SELECT number, request, kind, seconds FROM faults WHERE times > 0 ORDER BY number"
KEY_SECONDS = 24 * 3600


class Store:
    """One writer at a time; what `change` encloses happens whole or not at all."""

    def __init__(self, file):
        self._sql = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.executescript(TABLES)
        self._lock = threading.RLock()

    @contextmanager
    def change(self):
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")

    def rows(self, sql, *values):
        with self._lock:
            return self._sql.execute(sql, values).fetchall()

    # Objects, newest first, as Stripe lists them. Members that begin with an underscore are for the server alone.

    def put(self, made):
        self.rows(PUT, made["id"], made["object"], json.dumps(made))
        return made

    def get(self, id):
        found = self.rows("SELECT body FROM objects WHERE id = ?", id)
        return json.loads(found[0][0]) if found else None

    def every(self, kind, **members):
        """Those whose members are so; `metadata__order_id` is one of the metadata."""
        paths = [f"$.{name.replace('__', '.')}" for name in members]
        alike = "".join(f" AND json_extract(body, '{path}') = ?" for path in paths)
        sql = f"SELECT body FROM objects WHERE kind = ?{alike} ORDER BY number DESC"
        return [json.loads(body) for (body,) in self.rows(sql, kind, *members.values())]

    def due(self, kind):
        """Those in which something happens by now."""
        sql = "SELECT body FROM objects WHERE kind = ? AND json_extract(body, '$._settles_at') <= ? ORDER BY number"
        return [json.loads(body) for (body,) in self.rows(sql, kind, self.now())]

    # Keys

    def remembered(self, key):
        since = self.now() - KEY_SECONDS
        found = self.rows("SELECT request, status, body FROM keys WHERE key = ? AND at > ?", key, since)
        return found[0] if found else None

    def remember(self, key, request, status, body):
        self.rows("REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", key, request, status, body, self.now())

    # The clock, and how webhooks are sent

    def now(self):
        return int(time.time()) + int(self.setting("clock", 0))

    def setting(self, name, default):
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(found[0][0]) if found else default

    def set(self, name, value):
        self.rows("REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    # Faults

    def next_fault(self, request):
        """What is to go wrong with this request, once less from now on."""
        with self.change():
            for number, pattern, kind, seconds in self.rows(WAITING_FAULTS):
                if fnmatchcase(request, pattern):
                    self.rows("UPDATE faults SET times = times - 1 WHERE number = ?", number)
                    return kind, seconds
        return "", 0


def new_id(prefix):
    return f"{prefix}_{secrets.token_hex(12)}"


def shown(made):
    """An object as the API shows it."""
    return {name: value for name, value in made.items() if not name.startswith("_")}
