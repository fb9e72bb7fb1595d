"""The script, asked of one topology."""

import time
from collections.abc import Callable, Sequence

from requests import RequestException

from tests.equivalence.casts import gather
from tests.equivalence.recording import Recorder, Recording, steps_of
from tests.equivalence.rows import read_rows
from tests.equivalence.themes import THEMES, Theme
from tests.topologies.running import Commands, development, running
from tests.topologies.shapes import Shape

# When a circuit breaker opens is a matter of time, and so is whether it is before or after a retry is out of budget.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.equivalence.settings",
    "CALLS": "*.failures=0,*.budget=10",
    "ERASURE_SETTLE_SECONDS": "0",
}


def replay(
    shape: Shape,
    themes: Sequence[Theme] = THEMES,
    *,
    serve: Callable[[int], Commands] = development,
    database: str = "sqlite",
) -> Recording:
    """Start the topology, ask everything, wait until the workers are done, read the rows, stop it."""
    started = time.monotonic()
    with running(shape, serve=serve, settings=SETTINGS, database=database, gateway=True) as shop:
        recorder = Recorder(shop)
        _perform(recorder, themes)
        recorder.recording.rows = read_rows(shop.store, recorder.placeholders)
    recorder.recording.seconds = time.monotonic() - started
    return recorder.recording


def _perform(recorder: Recorder, themes: Sequence[Theme]) -> None:
    """A script that cannot go on, because an answer lacks what comes next, is a finding and not the end."""
    try:
        cast = gather(recorder)
        for theme in themes:
            recorder.begin(steps_of(theme))
            theme(cast)
        recorder.settle()
    except (KeyError, TypeError, AssertionError, RequestException) as exc:
        recorder.recording.stopped = f"{type(exc).__name__}: {exc}"
        recorder.note("the script cannot go on", recorder.recording.stopped)
