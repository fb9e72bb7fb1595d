"""Guessing a password with all that makes guesses look like many people."""

import time

import pytest
import requests

from tests.permissions.belongings import PASSWORD, Customer
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS

pytestmark = pytest.mark.timeout(120)
ANA, BEN = "ana@example.com", "ben@example.com"
# One proxy stands before the shop, so whatever X-Forwarded-For says is where a request comes from.
BEHIND_ONE = {"PROXIES": "1"}
WAITS = (1, 2, 4)


@pytest.fixture(scope="module")
def shop():
    with running(ONE_PROCESS, serve=production, settings=BEHIND_ONE) as shop:
        for email in (ANA, BEN):
            Customer(shop, email)
        yield shop


def sign_in(shop, number, password=PASSWORD, email=ANA):
    """Over a connection of its own, from an address and with a browser of its own."""
    headers = {"User-Agent": f"browser {number}", "X-Forwarded-For": f"203.0.113.{number}"}
    body = {"email": email, "password": password}
    return requests.post(f"{shop.url}/v1/tokens", json=body, headers=headers, timeout=30)


def guesses(shop, count):
    """How so many ended. The first times that the account makes them wait, they do."""
    left = len(WAITS)
    for number in range(count):
        answer = sign_in(shop, number, f"guess {number}")
        yield answer
        if answer.status_code == 429 and left:
            time.sleep(int(answer.headers["Retry-After"]))
            left -= 1


def test_twenty_guesses_from_everywhere_shut_out_who_guesses_longer_each_time_and_nobody_else(shop):
    answers = list(guesses(shop, 20))
    right, other = sign_in(shop, 20), sign_in(shop, 20, email=BEN)

    told_to_wait = [answer for answer in answers if answer.status_code == 429]
    waits = [int(answer.headers["Retry-After"]) for answer in told_to_wait]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429, 401] * 3 + [429] * 9
    assert waits[:4] == [*WAITS, 8]
    assert all(answer.json()["violated_policies"] == ["wrong_passwords"] for answer in told_to_wait)
    assert (right.status_code, "access_token" in right.json()) == (429, False)
    assert other.status_code == 200
