"""python -m tests.security: bandit, pip-audit, a scan for secrets, and Django's own check of a deployment."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from config.environment import new_private_key
from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment

CODE = ("apps", "chassis", "clients", "config", "deploy", "demo")
BASELINE = "tests/security/secrets.json"
# What the hook ends with when what it knows stands in other lines; it has then rewritten its baseline.
ONLY_LINES_MOVED = 3
# What pip-audit says where its service cannot be reached.
UNREACHABLE = ("ConnectionError", "could not be audited", "Failed to establish", "ServiceError", "Max retries")


def main() -> int:
    """0 when none of them finds anything."""
    looks: dict[str, Callable[[], str]] = {
        "bandit": bandit,
        "secrets": secrets,
        "check --deploy": deployment,
        "pip-audit": dependencies,
    }
    found = {name: look() for name, look in looks.items()}
    for name, complaint in found.items():
        print(f"{name}: {complaint or 'nothing found'}")
    return int(any(complaint and not complaint.startswith("not asked") for complaint in found.values()))


def bandit() -> str:
    return _run([PYTHON, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", *CODE])


def secrets() -> str:
    """Every file that is committed, but for what the baseline knows to be no secret."""
    files = subprocess.run(["git", "ls-files"], cwd=BASE, capture_output=True, text=True, check=True).stdout.split("\n")
    there = [file for file in files if file and (BASE / file).is_file()]
    with tempfile.NamedTemporaryFile(suffix=".json") as baseline:
        shutil.copyfile(BASE / BASELINE, baseline.name)
        hook = [PYTHON, "-m", "detect_secrets.pre_commit_hook", "--baseline", baseline.name, *there]
        return _run(hook, well=(0, ONLY_LINES_MOVED))


def deployment() -> str:
    """As each service would be deployed alone, and all of them together."""
    hostings = ("users", "orders", "payments", "users,orders,payments")
    return "\n".join(filter(None, (_deployed(hosted) for hosted in hostings)))


def dependencies() -> str:
    """What is locked for production, by version and hash. Where nobody can be asked, that is said and no verdict."""
    locked = ["--strict", "--require-hashes", "--disable-pip", "-r", "requirements/split.txt"]
    said = _run([PYTHON, "-m", "pip_audit", "--progress-spinner", "off", "--timeout", "5", *locked])
    if any(word in said for word in UNREACHABLE) and "Found" not in said:
        return "not asked: its service does not answer here"
    return said


def _deployed(hosted: str) -> str:
    names = hosted.split(",")
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        key.write_text(new_private_key())
        keys = {f"{name.upper()}_SIGNING_KEY_FILE": str(key) for name in names}
        drawn = {f"{name.upper()}_SECRET": new_private_key()[100:160].replace("\n", "") for name in names}
        urls = {f"{name}_URL": f"https://{name.lower()}.internal" for name in ("USERS", "ORDERS", "PAYMENTS")}
        production = environment(
            SERVICES=hosted,
            DEBUG="false",
            PUBLIC_URL="https://shop.example",
            EMAIL_URL="submission://mail.example",
            VAR_DIR=folder,
            **{**keys, **drawn, **urls},
        )
        return _run([PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production)


def _run(command: list[str], env: dict[str, str] | None = None, *, well: tuple[int, ...] = (0,)) -> str:
    """What a command says when it fails, nothing if it does not."""
    done = subprocess.run(command, cwd=BASE, env=env, capture_output=True, text=True, check=False)
    return "" if done.returncode in well else (done.stdout + done.stderr).strip() or f"exit {done.returncode}"


if __name__ == "__main__":
    sys.exit(main())
