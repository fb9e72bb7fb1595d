"""What the commands of this folder are told by the environment, and by `.env` where that says nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

from environs import Env

from deploy.processes import BASE


def read_variables() -> None:
    """Let `.env` fill in what the environment of this process lacks."""
    Env().read_env(str(BASE / ".env"), recurse=False)


def folder_of(part: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Where a part keeps its files: in VAR_DIR, under its name."""
    return Path(environment.get("VAR_DIR") or BASE / "var").absolute() / part
