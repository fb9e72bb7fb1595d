"""Stripe's SDK takes most of a second to load: only whoever speaks with Stripe does."""

import os
import subprocess

import pytest

from deploy.processes import BASE, PYTHON

PROGRAM = """
import sys
from django.core.management import execute_from_command_line

def look(after):
    print(after, "stripe" in sys.modules)

execute_from_command_line(["manage.py", "check"])
look("manage.py")
import config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
look("server")
from apps.payments.providers.stripe import Stripe
account = Stripe(secret_key="x", webhook_secrets=("y",))
account.require_payable(100, "EUR")
look("account")
account._line
look("question")
"""


@pytest.fixture(scope="module")
def is_loaded():
    """Whether the SDK is, after each step of a process."""
    done = subprocess.run([PYTHON, "-c", PROGRAM], cwd=BASE, env=dict(os.environ), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return dict(line.split() for line in done.stdout.decode().splitlines() if line.count(" ") == 1)


@pytest.mark.parametrize("step", ["manage.py", "server", "account"])
def test_whoever_does_not_speak_with_stripe_does_not_load_its_sdk(is_loaded, step):
    assert is_loaded[step] == "False"


def test_whoever_asks_stripe_loads_it(is_loaded):
    assert is_loaded["question"] == "True"
