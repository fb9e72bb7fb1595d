"""Optic, a second opinion on whether a change breaks an API. It runs on Node, and is asked where that is installed."""

import json
import os
import shutil
import subprocess
import tempfile
from copy import deepcopy
from pathlib import Path

from deploy.processes import BASE
from tests.contracts.documents import JSON, Node

PACKAGE = Path(__file__).with_name("node")
INSTALLED = BASE / "var" / "optic"
PROGRAM = INSTALLED / "node_modules" / ".bin" / "optic"
SAYS_SO = "This is a breaking change."


def is_there() -> bool:
    """Whether it can be asked. Installs what its lock names where there is npm."""
    lock = "package-lock.json"
    if not shutil.which("npm"):
        return False
    if not PROGRAM.exists() or (INSTALLED / lock).read_bytes() != (PACKAGE / lock).read_bytes():
        shutil.copytree(PACKAGE, INSTALLED, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--silent"], cwd=INSTALLED, check=True)
    return True


def objects(old: Node, new: Node) -> bool:
    """Whether it calls a change breaking, of requests or of successes."""
    with tempfile.TemporaryDirectory(prefix="tearline-optic-") as folder:
        for name, document in (("old.json", old), ("new.json", new)):
            (Path(folder) / name).write_text(json.dumps(_brief(document)))
        return _is_objection(
            subprocess.run(
                [PROGRAM, "diff", "old.json", "new.json", "--check"],
                cwd=folder,
                env={**os.environ, "OPTIC_TELEMETRY_LEVEL": "off"},
                capture_output=True,
                text=True,
                check=False,
            )
        )


def _brief(document: Node) -> Node:
    """Without refusals, and with JSON alone: it reads every reference anew, which takes it minutes."""
    shorter = deepcopy(document)
    for shared in ("responses", "examples"):
        shorter["components"].pop(shared, None)
    for operation in [one for path in shorter["paths"].values() for one in path.values()]:
        operation["responses"] = {status: one for status, one in operation["responses"].items() if status < "4"}
        for answer in operation["responses"].values():
            answer["content"] = {kind: one for kind, one in answer.get("content", {}).items() if kind == JSON}
    return shorter


def _is_objection(asked: subprocess.CompletedProcess[str]) -> bool:
    """It ends with 1 for an objection, and for whatever else it stumbles over."""
    objected = SAYS_SO in asked.stdout
    if objected is not bool(asked.returncode):
        raise RuntimeError(f"optic ended with {asked.returncode}: {asked.stdout}{asked.stderr}")
    return objected
