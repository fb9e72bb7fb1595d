"""However many ask at once, and whichever process answers, exactly as many pass as may."""

from collections import Counter

import pytest
import requests

from deploy import valkey
from tests.journeys.visitors import all_at_once
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

pytestmark = pytest.mark.timeout(120)
TEN = {"RATES": "address=10/min"}


@pytest.fixture
def shared(tmp_path):
    """A Valkey, and what ends it."""
    url, child = valkey.start(tmp_path)
    yield url, child
    child.end()


def sixty_at_once(url):
    """How sixty questions ended, each of which says that it comes from somewhere else."""

    def asking(number):
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        return lambda: requests.get(f"{url}/v2/products", headers=headers, timeout=30)

    answers = all_at_once([asking(number) for number in range(60)])
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
    return Counter(answer.status_code for answer in answers)


def test_one_process_with_many_threads_lets_exactly_ten_pass():
    with running(ONE_PROCESS, serve=production, settings=TEN) as shop:
        assert sixty_at_once(shop.url) == {200: 10, 429: 50}


@pytest.mark.prove
def test_two_processes_of_one_service_count_together(shared):
    url, _ = shared
    settings = {**TEN, "VALKEY_URL": url, "WEB_CONCURRENCY": "2", "THREADS": "4"}

    with running(ONE_PROCESS, serve=production, settings=settings) as shop:
        assert sixty_at_once(shop.url) == {200: 10, 429: 50}


def test_three_services_behind_the_gateway_count_each_for_itself_and_outlive_their_valkey(shared):
    url, child = shared
    settings = {**TEN, "VALKEY_URL": url, "PROXIES": "1"}

    with running(THREE_PROCESSES, serve=production, settings=settings) as shop:
        counted = sixty_at_once(shop.url)
        elsewhere = requests.get(f"{shop.url}/v1/providers", timeout=30)
        child.end()
        alone = requests.get(f"{shop.url}/v2/products", timeout=30)

    assert counted == {200: 10, 429: 50}
    assert (elsewhere.status_code, alone.status_code) == (200, 200)
