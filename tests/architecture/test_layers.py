"""What breaks the house breaks `make check`: each rule is met by a clean tree, and broken in a copy of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment

PARTS = ("apps", "chassis", "clients", "config", "demo")
LINT_IMPORTS = [str(Path(PYTHON).with_name("lint-imports")), "--no-cache"]


@pytest.fixture
def tree(tmp_path):
    """A copy of what the rules are about."""
    for part in PARTS:
        shutil.copytree(BASE / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("manage.py", "pyproject.toml"):
        shutil.copy(BASE / file, tmp_path)
    return tmp_path


def run(command, tree):
    here = environment(DEBUG="true", VAR_DIR=str(tree / "var"))
    return subprocess.run(command, cwd=tree, env=here, capture_output=True, text=True, check=False)


def add(file, text):
    file.write_text((file.read_text() if file.exists() else "") + text)


def test_the_tree_keeps_its_layers(tree):
    linted = run(LINT_IMPORTS, tree)

    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("file", "text", "contract"),
    [
        ("apps/orders/utils.py", '"""Odds and ends."""\n', "Inside a service everything has a place"),
        ("apps/orders/services/ending.py", "from apps.users.models import User\n", "The services are independent"),
        (
            "apps/orders/models.py",
            "from apps.orders.services import placing\n",
            "Inside a service everything has a place",
        ),
        ("clients/payments.py", "from apps.payments.models import Payment\n", "config > apps > clients > chassis"),
        ("demo/sales.py", "import chassis.calls\n", "The demo knows a shop only by its address"),
    ],
)
def test_what_has_no_place_breaks_the_layers(tree, file, text, contract):
    add(tree / file, text)

    linted = run(LINT_IMPORTS, tree)

    (broken,) = [line for line in linted.stdout.splitlines() if line.endswith("BROKEN") and line.startswith(contract)]
    assert linted.returncode != 0, broken


def test_a_route_that_two_services_claim_breaks_the_check(tree):
    add(tree / "apps/orders/api/urls.py", 'urlpatterns += [path("v1/payments", views.Quotes.as_view())]\n')

    checked = run([PYTHON, "manage.py", "check"], tree)

    assert checked.returncode != 0
    assert "orders has the route /v1/payments, which the table gives to payments" in checked.stderr
