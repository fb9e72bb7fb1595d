"""python -m tests.contracts: what the API has promised, and whether it keeps it."""

import argparse
import os
import sys
import tempfile

import django

from tests.contracts import optic
from tests.contracts.consumers import complaints, read_recordings, write_recordings
from tests.contracts.demonstrations import BREAKING, caught_by_optic, caught_by_us, lines_of_clients, lines_of_seeds
from tests.contracts.documents import public, read_documents, title
from tests.contracts.released import RELEASED, broken_promises, release
from tests.topologies.environments import environment

KEPT = "The API keeps what was released, and its clients find what they read"
BROKEN = "This breaks clients, so it needs another version: docs/decisions/0027-what-breaks-a-client.md"


def main(words: list[str] | None = None) -> int:
    """0 when every promise is kept."""
    arguments = argparse.ArgumentParser(prog="python -m tests.contracts", description=__doc__)
    doing = arguments.add_subparsers(required=True)
    for do in (show, check, take, record):
        doing.add_parser(do.__name__, help=do.__doc__, description=do.__doc__).set_defaults(do=do)
    doing.choices["take"].add_argument("--breaking", action="store_true", help="even if that breaks what was released")
    wishes = arguments.parse_args(words)
    return int(wishes.do(wishes))


def check(_: argparse.Namespace) -> int:
    """Hold the documents against what was released and against what clients read."""
    released, present = read_documents(RELEASED), read_documents()
    found = [*broken_promises(released, public(present)), *complaints(read_recordings(), present)]
    print("\n".join([*found, BROKEN] if found else [KEPT]))
    return min(1, len(found))


def show(wishes: argparse.Namespace) -> int:
    """Show that changes which break clients are caught, then check."""
    own, second = caught_by_us(), caught_by_optic()
    for line in (*lines_of_seeds(own, second), "", *lines_of_clients(), ""):
        print(line)
    return max(check(wishes), own != BREAKING, _ask_optic() if optic.is_there() else 0)


def take(wishes: argparse.Namespace) -> int:
    """Take the documents as released."""
    broken = release(public(read_documents()), even_if_it_breaks=wishes.breaking)
    print("\n".join([*broken, BROKEN] if broken else [f"Released: {', '.join(map(title, read_documents(RELEASED)))}"]))
    return min(1, len(broken))


def record(_: argparse.Namespace) -> int:
    """Write down what each client reads and sends."""
    with tempfile.TemporaryDirectory(prefix="tearline-contracts-") as folder:
        os.environ |= environment(DEBUG="true", VAR_DIR=folder)
        django.setup()
        from tests.contracts.recording import record_all

        write_recordings(record_all(read_documents()))
    return 0


def _ask_optic() -> int:
    """Its opinion on what was released and what is there now."""
    present = read_documents()
    changed = [(name, old) for name, old in read_documents(RELEASED).items() if old != present.get(name, old)]
    objections = [title(name) for name, old in changed if optic.objects(old, present[name])]
    print(f"Optic objects to {', '.join(objections)}" if objections else "Optic has no objection")
    return min(1, len(objections))


if __name__ == "__main__":
    sys.exit(main())
