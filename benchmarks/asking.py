"""A process of orders that reads customers in one way or another, one after the other, as long as it is told to.

It is told on its standard input, a line of JSON for each turn, and tells on its standard output what the turn took.
"""

import gc
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from statistics import median
from typing import Any

import django


def main() -> None:
    """Make those who are asked for, or answer every line."""
    django.setup()
    from benchmarks.ways import IDS, WAYS, by_client, make_customers
    from chassis.calls import CallFailed

    if sys.argv[1:] == ["make"]:
        make_customers()
        return
    with suppress(CallFailed):  # it may take long: the first call of a process loads what is called
        by_client(IDS[0])
    for line in sys.stdin:
        told = json.loads(line)
        for name in ("tearline.requests", "tearline.calls"):
            logging.getLogger(name).setLevel(logging.INFO if told["logs"] else logging.WARNING)
        print(json.dumps(_turn(WAYS[told["way"]], cycle(IDS), told["seconds"])), flush=True)


def _turn(ask: Callable[[str], Any], ids: Iterator[str], seconds: float) -> dict[str, Any]:
    """Ask until the time is over, and once before it counts."""
    customer, took = ask(next(ids)), list[float]()
    # As config/gunicorn.py has it: what is loaded by now stays.
    gc.collect()
    gc.freeze()
    cpu, ends_at = time.process_time(), time.perf_counter() + seconds
    while not took or time.perf_counter() < ends_at:
        user_id, began = next(ids), time.perf_counter()
        ask(user_id)
        took.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    return {"calls": len(took), "wall": median(took), "cpu": cpu, "customer": customer.email}


if __name__ == "__main__":
    main()
