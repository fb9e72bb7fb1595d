"""Every line of one request, from wherever it was logged: `python -m deploy.logs <request id or trace id>`.

Services, workers and the gateway of a split each write a file of their own; this reads them all, in the order of time.
The gateway knows requests alone, so a trace is found there by the requests that it is made of.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.variables import folder_of, read_variables

LOOK_SECONDS = 0.3
PLACES = ("*.log", "logs/*.log", "gateway/*.log")
# What stands at the beginning of a line, or was asked for.
TOLD = {"time", "ts", "level", "event", "msg", "service", "process", "logger", "request_id", "trace_id", "span_id"}


@dataclass(frozen=True, order=True)
class Line:
    """What somebody logged, and when. `source` is the file's name."""

    time: datetime
    source: str = field(compare=False)
    told: dict[str, Any] = field(compare=False)

    @property
    def ids(self) -> set[str]:
        return {str(self.told[name]) for name in ("request_id", "trace_id") if self.told.get(name)}


def main(words: list[str] | None = None) -> None:
    """Prints them; with `--follow` those too that are still to come."""
    read_variables()
    wishes = parser().parse_args(words)
    folder = Path(wishes.folder) if wishes.folder else folder_of("split")
    known = {wishes.id}
    try:
        for line in found(folder, known):
            print(written(line), flush=True)
        for line in follow(folder, known) if wishes.follow else ():
            print(written(line), flush=True)
    except KeyboardInterrupt:
        sys.exit(0)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m deploy.logs", description="Every line of one request.")
    arguments.add_argument("id", help="of a request (X-Request-ID) or of a trace (32 digits of its traceparent)")
    arguments.add_argument("--follow", action="store_true", help="go on with lines as they are written")
    arguments.add_argument("--folder", help="where the logs are; those of `make split` where it is not said")
    return arguments


def found(folder: Path, known: set[str]) -> list[Line]:
    """The lines with an id that is known, by time; the requests of a trace are known from then on."""
    lines = sorted(line for file in files_in(folder) for line in _new_lines(file, {}))
    _learn(lines, known)
    return [line for line in lines if line.ids & known]


def follow(folder: Path, known: set[str]) -> Iterator[Line]:
    """Lines as they are written, from now on."""
    return _added(folder, known, {file: file.stat().st_size for file in files_in(folder)})


def files_in(folder: Path) -> list[Path]:
    return sorted({file for place in PLACES for file in folder.glob(place)})


def read(source: str, texts: Iterable[str]) -> Iterator[Line]:
    """The lines that are ours or the gateway's; others, such as PostgreSQL's, are about no request."""
    for text in texts:
        if text.startswith("{"):
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(text)
                yield Line(_time(told), source, told)


def written(line: Line) -> str:
    """For people: when, who, how serious, what, and whatever else was told."""
    told = _of_gateway(line.told) or dict(line.told)
    who = f"{told.get('service') or line.source} {told.get('process', '')}"
    event, exception = told.pop("event", told.get("msg", "")), told.pop("exception", "")
    more = " ".join(f"{name}={value}" for name, value in told.items() if name not in TOLD and value != "")
    text = f"{line.time:%H:%M:%S.%f} {who:<16} {told.get('level', '')!s:<8} {event} {more}".rstrip()
    return f"{text}\n{exception}" if exception else text


def _of_gateway(told: dict[str, Any]) -> dict[str, Any]:
    """Caddy's own members, in our words."""
    if "ts" not in told or "request" not in told:
        return {}
    asked = told["request"]
    seen = {"method": asked.get("method"), "path": asked.get("uri"), "status": told.get("status")}
    took = round(1000 * float(told.get("duration", 0)), 2)
    who = {"event": "request answered", "service": "gateway", "level": told.get("level")}
    return {**who, **seen, "milliseconds": took, "error": told.get("error", "")}


def _added(folder: Path, known: set[str], places: dict[Path, int]) -> Iterator[Line]:
    while True:
        time.sleep(LOOK_SECONDS)
        lines = sorted(line for file in files_in(folder) for line in _new_lines(file, places))
        _learn(lines, known)
        yield from (line for line in lines if line.ids & known)


def _learn(lines: list[Line], known: set[str]) -> None:
    for line in lines:
        if line.told.get("trace_id") in known and line.told.get("request_id"):
            known.add(str(line.told["request_id"]))


def _new_lines(file: Path, places: dict[Path, int]) -> Iterator[Line]:
    """What was added since the last look. A line that is not whole yet waits; a file that began anew is read anew."""
    size, place = file.stat().st_size, places.get(file, 0)
    with file.open("rb") as stream:
        stream.seek(place if place <= size else 0)
        begun = stream.tell()
        added = stream.read()
    whole = added[: added.rfind(b"\n") + 1]
    places[file] = begun + len(whole)
    yield from read(file.stem, whole.decode(errors="replace").splitlines())


def _time(told: dict[str, Any]) -> datetime:
    if "time" in told:
        return datetime.fromisoformat(told["time"])
    return datetime.fromtimestamp(float(told["ts"]), UTC)


if __name__ == "__main__":
    main()
