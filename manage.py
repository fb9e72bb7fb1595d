#!/usr/bin/env python
"""Starts any process of Tearline."""

import os
import sys

from django.core.management import execute_from_command_line

from config.environment import WrongSetting


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if port := _port(sys.argv):
        os.environ.setdefault("PORT", port)
    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as wrong:
        sys.exit(f"{wrong}")


def _port(arguments: list[str]) -> str:
    """The port of `runserver 8003`, `runserver 0.0.0.0:8003` or `serve 8003`: links name the port that is served."""
    serves = arguments[1:2] in (["runserver"], ["serve"])
    given = [argument for argument in arguments[2:] if serves and not argument.startswith("-")]
    port = given[0].rpartition(":")[2] if given else ""
    return port if port.isdecimal() else ""


if __name__ == "__main__":
    main()
