"""Half open, in processes of their own: who asks first finds out for all threads of their process, and for no other."""

import json
import subprocess
from collections import Counter

from deploy.processes import BASE, PYTHON, wait_until
from tests.topologies.environments import environment

ASKING = """
import json, threading, time
from concurrent.futures import ThreadPoolExecutor
import django
django.setup()
from chassis.calls import CallFailed, Neighbour
from chassis.guards import guard

together = threading.Barrier(20)

def ask(*_):
    try:
        return str(Neighbour("orders", "payments").get("/v1/thing", anonymous=True).status)
    except CallFailed as failure:
        return failure.outcome

def ask_with_the_others(_):
    together.wait()
    return ask()

while guard("orders", "payments").breaker.state != "open":
    ask()
input()
time.sleep(0.6)
with ThreadPoolExecutor(20) as threads:
    print(json.dumps(list(threads.map(ask_with_the_others, range(20)))))
"""


def begun(stranger, folder):
    here = environment(
        SERVICES="orders",
        VAR_DIR=str(folder),
        DEBUG="true",
        CALLS="payments.tries=1,payments.rest=0.5",
        PUBLIC_URL=stranger.url,
        USERS_URL=stranger.url,
        PAYMENTS_URL=stranger.url,
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([PYTHON, "-c", ASKING], cwd=BASE, env=here, **pipes)


def test_each_of_two_processes_asks_once_when_half_open(slow_stranger, tmp_path):
    stranger = slow_stranger
    stranger.answers += ["drop"] * 6
    processes = [begun(stranger, tmp_path) for _ in range(2)]
    try:
        wait_until(lambda: not stranger.answers, seconds=60, what="two open circuits")
        known = len(stranger.asked)
        stranger.answers += [(200, {}, b"{}")] * 2
        outcomes = [json.loads(process.communicate("go\n", timeout=60)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    assert [Counter(found) for found in outcomes] == [{"200": 1, "open_circuit": 19}] * 2
    assert (known, len(stranger.asked)) == (6, 8)
