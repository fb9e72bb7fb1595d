"""Faults that a call in process could have, planted on purpose: whatever compares topologies has to see each of them.

`python -m tests.equivalence.planted NAME runserver …` is `manage.py runserver …` with that fault: the product has none.
"""

import os
import sys

import django
from django.core.management import execute_from_command_line

FAULTS = (
    "an object passed instead of json",
    "an exception that crosses",
    "a write that relies on the callers transaction",
    "language crossing",
    "time zone crossing",
    "a context variable crossing",
    "what the callee leaves behind",
    "authentication skipped in process",
    "a decimal that becomes a float",
    "a list that becomes a tuple",
    "dispatch into the joint url space",
    "a mutable answer shared",
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    name, *command = sys.argv[1:]
    django.setup()
    # It changes what is there only after the set-up.
    from tests.equivalence import plants

    getattr(plants, name.replace(" ", "_"))()
    execute_from_command_line(["manage.py", *command])


if __name__ == "__main__":
    main()
