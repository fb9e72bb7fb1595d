"""How far the day has come, for whoever watches."""

import sys
from collections.abc import Callable, Collection, Iterable
from typing import Any

from tqdm import tqdm

Steps = Callable[[Collection[Any], str], Iterable[Any]]


def silent(steps: Collection[Any], _title: str) -> Iterable[Any]:
    return steps


def shown(steps: Collection[Any], title: str) -> Iterable[Any]:
    """The same steps with a progress bar, where a terminal shows it."""
    bar: Iterable[Any] = tqdm(steps, desc=f"{title:13}", disable=not sys.stderr.isatty())
    return bar
