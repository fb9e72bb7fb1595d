#!/usr/bin/env python
"""Starts any process of Tearline."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if port := _port(sys.argv):
        os.environ.setdefault("PORT", port)
    execute_from_command_line(sys.argv)


def _port(arguments: list[str]) -> str:
    """The port given to `runserver 8003` or `runserver 0.0.0.0:8003`, so that links name the port that is served."""
    given = [argument for argument in arguments[2:] if not argument.startswith("-")] if "runserver" in arguments[1:2] else []
    port = given[0].rpartition(":")[2] if given else ""
    return port if port.isdecimal() else ""


if __name__ == "__main__":
    main()
