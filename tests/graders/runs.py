"""Runs of schemathesis: each asks one document's operations of a running shop, as one person."""

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.examples import RANDOM
from chassis.topology import SERVICES
from deploy.processes import BASE, PYTHON
from tests.graders.finds import ACCOUNTS, stocked
from tests.topologies.running import Shop, production, running
from tests.topologies.shapes import ONE_PROCESS
from tests.topologies.templates import template

CONFIGURATION = BASE / "tests" / "graders" / "schemathesis.toml"
SCHEMATHESIS = str(Path(PYTHON).with_name("schemathesis"))
# They wait for the shop, and it for them: two of them keep two cores busy.
AT_ONCE = 2
# The admin is asked for everything. The customer's runs see whether the neighbour gets what is the customer's; what is
# refused whoever asks need not be tried twice.
ASKERS = {"admin": "examples,coverage,fuzzing,stateful", "customer": "examples,fuzzing,stateful"}


def failing(documents: list[Path], words: list[str]) -> list[str]:
    """The runs that found something, by the names of document and asker; `words` are options of schemathesis."""
    with _shop() as shop, ThreadPoolExecutor(AT_ONCE) as pool:
        found = stocked(shop)
        runs = [(document, asker) for document in documents for asker in ASKERS]
        for document, asker in runs:
            _show(document, found[asker], _shown(shop, document, asker))
        passed = pool.map(lambda run: _passes(shop, *run, words), runs)
        return [
            f"{document.stem} as {asker}" for (document, asker), passes in zip(runs, passed, strict=True) if not passes
        ]


@contextmanager
def _shop() -> Iterator[Shop]:
    """As in production, but with generous rates."""
    keys = template("postgresql").folder / "keys"
    secrets = {f"{service.upper()}_SECRET_FILE": str(keys / f"{service}.secret") for service in SERVICES}
    signing_keys = {f"{service.upper()}_SIGNING_KEY_FILE": str(keys / f"{service}.pem") for service in SERVICES}
    settings = {"DEBUG": "false", "FAULTS_FILE": "", **secrets, **signing_keys}
    with running(ONE_PROCESS, serve=production, database="postgresql", settings=settings) as shop:
        (shop.folder / "callers.json").write_text(json.dumps({"auth": [_caller(name) for name in ACCOUNTS]}))
        yield shop


def _caller(name: str) -> dict[str, Any]:
    """How somebody signs in, in the words of the Web Fuzzing Commons."""
    email, password = ACCOUNTS[name]
    return {
        "name": name,
        "loginEndpointAuth": {
            "endpoint": "/v1/tokens",
            "verb": "POST",
            "contentType": "application/json",
            "payloadRaw": json.dumps({"email": email, "password": password}),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def _shown(shop: Shop, document: Path, asker: str) -> Path:
    return shop.folder / asker / document.name


def _show(document: Path, found: dict[str, str], copy: Path) -> None:
    """Copy the document with real ids in its examples, and without the `default` to which any status could be left."""
    text = document.read_text()
    for prefix, id in found.items():
        text = text.replace(f"{prefix}_{RANDOM}", id)
    described = json.loads(text)
    for path in described["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(json.dumps(described))


def _passes(shop: Shop, document: Path, asker: str, words: list[str]) -> bool:
    where = [str(_shown(shop, document, asker)), "--url", shop.url, "--auth-wfc-user", asker, "--phases", ASKERS[asker]]
    command = [SCHEMATHESIS, "--config-file", str(CONFIGURATION), "run", *where, "--no-color", *words]
    here = {**os.environ, "GRADERS_CALLERS": str(shop.folder / "callers.json")}
    run = subprocess.run(command, cwd=BASE, env=here, capture_output=True, text=True, check=False)
    print(f"\n{document.stem} as {asker}\n{run.stdout}{run.stderr}", end="", flush=True)
    return run.returncode == 0
