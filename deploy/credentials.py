"""What containers are told in secret: `python -m deploy.credentials` writes a file for each to var/secrets, once.

A file that is there stays as it is, so that running this again only adds what is new.
"""

import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chassis.signing import new_secret
from chassis.topology import SERVICES
from config.environment import BASE, new_private_key

FOLDER = BASE / "var" / "secrets"


def main() -> None:
    """Another folder may be named."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    for file in write_missing(folder):
        print(f"made {file}")


def write_missing(folder: Path) -> list[Path]:
    """Make the credentials that the folder lacks; returns their files.

    Compose mounts each file as it is into containers that run as somebody else, so whoever gets that far may read it:
    it is the folder that keeps everybody out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = {folder / name: make for name, make in credentials().items() if not (folder / name).exists()}
    for file, make in missing.items():
        _write(file, make())
    return list(missing)


def credentials() -> dict[str, Callable[[], str]]:
    """The name of each, and how it is made."""
    made: dict[str, Callable[[], str]] = {"postgres_password": new_secret}
    for service in SERVICES:
        made[f"{service}_secret"] = new_secret
        made[f"{service}_signing_key"] = new_private_key
        made[f"{service}_database_url"] = partial(_database_url, service)
    return made


def _database_url(service: str) -> str:
    return f"postgresql://{service}:{secrets.token_urlsafe(24)}@postgres:5432/{service}"


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.write_text(text)
    draft.chmod(0o444)
    draft.rename(file)


if __name__ == "__main__":
    main()
