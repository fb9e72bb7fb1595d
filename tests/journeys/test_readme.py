"""What the README tells people to type works as it stands there."""

import shutil

import pytest
import requests

from config.accounts import ADMIN, CUSTOMER
from tests.journeys.readers import SERVE, Reader, blocks

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def reader(tmp_path):
    return Reader(tmp_path)


@pytest.mark.skipif(not shutil.which("curl"), reason="the tour is made with curl")
def test_the_tour_works_in_one_process_and_then_in_three(reader):
    with reader.serving(SERVE, "8000"):
        in_one, printed = reader.tour()
    with reader.serving("".join(blocks("split")), "8001", "8002", "8003", "8000"):
        in_three, _ = reader.tour()
        ready = requests.get(f"{reader.url}/readyz", timeout=5)
        signed_in = requests.post(
            f"{reader.url}/v1/tokens", json={"email": ADMIN.email, "password": ADMIN.password}, timeout=5
        )

    assert in_one == in_three == ["confirmed", "refunded"]
    assert "Content-Type: application/problem+json" in printed
    assert ready.json()["status"] == "ready"
    assert (signed_in.status_code, signed_in.json()["token_type"]) == (200, "Bearer")


def test_the_readme_names_the_accounts_that_the_first_look_prints():
    tour = "".join(blocks("tour"))

    assert [account for account in (*ADMIN[:2], *CUSTOMER[:2]) if account not in tour] == []
