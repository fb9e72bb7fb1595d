"""Processes that come back when they are killed, at the price of a fork: the product is loaded once, here.

`python -m tests.chaos.respawning PLANT -- runserver … -- work`: the commands of `manage.py`, and `gunicorn`. PLANT is
the bug to be planted in all of them, or a dash. What ends by itself, be it with an error, stays away.
"""

import os
import signal
import sys
from itertools import groupby

import django
from django.core.management import execute_from_command_line
from django.db.migrations.loader import MigrationLoader
from django.urls import get_resolver

SEPARATOR = "--"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    (plant, *_), *commands = (list(words) for is_end, words in groupby(sys.argv[1:], SEPARATOR.__eq__) if not is_end)
    django.setup()
    # What a child would otherwise read for itself: every view, and the migrations that a server looks at.
    get_resolver().url_patterns  # noqa: B018  reads them
    MigrationLoader(None)
    if plant != "-":
        from tests.chaos import plants

        getattr(plants, plant)()
    running = {_start(command): command for command in commands}
    while running:
        pid, status = os.wait()
        command = running.pop(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            running[_start(command)] = command


def _start(command: list[str]) -> int:
    """Nothing is open here that a child could share: no connection, no thread."""
    pid = os.fork()
    if pid:
        return pid
    try:
        _run(command)
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    os._exit(0)


def _run(command: list[str]) -> None:
    sys.argv = ["manage.py", *command]
    if command[0] != "gunicorn":
        return execute_from_command_line(sys.argv)
    from gunicorn.app.wsgiapp import run

    sys.argv = command
    return run()


if __name__ == "__main__":
    main()
