"""`python -m tests.chaos`: kill it at every point while it trades, in four places, and judge what is left."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from random import SystemRandom

from tests.chaos.ends import FROM_OUTSIDE
from tests.chaos.plants import PLANTS
from tests.chaos.trials import PLACES, Outcome, Trial

SHOWN_VIOLATIONS = 20


def main() -> int:
    wishes = parser().parse_args()
    seed = SystemRandom().randrange(10**6) if wishes.seed is None else wishes.seed
    if wishes.planted:
        return show_plants(seed)
    places = [place for place in PLACES if wishes.only in place.name]
    print(f"seed {seed}: at least {wishes.kills} kills in {len(places)} places", flush=True)
    struck, outcomes, seconds = Counter[str](), list[Outcome](), 60 * wishes.minutes / max(1, len(places))
    for number, place in enumerate(places):
        kills = -(-(wishes.kills - struck.total()) // (len(places) - number))
        outcomes.append(Trial(place, seed, kills, seconds, struck, wishes.plant, wishes.at, goes_through=True).hold())
        struck += outcomes[-1].struck
        print("\n".join(_told(outcomes[-1])), flush=True)
    return _judge(outcomes, struck, wishes, seed)


def show_plants(seed: int) -> int:
    """Hold a short trial of each planted bug, twice; returns how many were not found each time."""
    missed = 0
    for plant in PLANTS:
        outcomes = [planted(plant, seed).hold() for _ in range(2)]
        is_found = all(outcome.violations for outcome in outcomes)
        missed += not is_found
        counts = " and ".join(f"{len(outcome.violations)} violations in {outcome.kills} kills" for outcome in outcomes)
        print(f"{'found' if is_found else 'MISSED'}: {plant.replace('_', ' ')}; seed {seed}, twice: {counts}")
        print(f"  such as: {outcomes[-1].violations[:1]}", flush=True)
    return missed


def planted(plant: str, seed: int) -> Trial:
    """A trial that a planted bug does not survive."""
    bug = PLANTS[plant]
    place = next(place for place in PLACES if place.name == f"{bug.processes}, sqlite")
    return Trial(place, seed, 10, 60, plant=plant, words=bug.words, drained_within=20, taste=bug.taste)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill at every point, and judge.")
    arguments.add_argument("--seed", type=int, help="what an earlier run printed, to hold the same trials again")
    arguments.add_argument("--kills", type=int, default=300, metavar="N", help="how many at least, in all places")
    arguments.add_argument("--minutes", type=float, default=16, help="how long to kill at most, in all places")
    arguments.add_argument("--only", default="", metavar="WORDS", help="only the places whose name has these words")
    arguments.add_argument("--plant", default="-", metavar="BUG", help="a bug to plant (tests/chaos/plants.py)")
    arguments.add_argument("--planted", action="store_true", help="show that each planted bug is found, and again")
    arguments.add_argument("--at", default="", metavar="WORDS", help="die only at points whose name has these words")
    arguments.add_argument("--points", action="store_true", help="list every point, and how many died of it")
    return arguments


def _told(outcome: Outcome) -> Iterator[str]:
    traded = ", ".join(f"{count} {name}" for name, count in outcome.counts.items())
    covered = len(outcome.points & set(outcome.struck))
    yield f"{outcome.place.name}: {outcome.kills} kills at {covered} of {len(outcome.points)} points, {traded}"
    kinds = Counter({_kind(point): 0 for point in outcome.struck})
    for point, count in outcome.struck.items():
        kinds[_kind(point)] += count
    yield "  " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield f"  {len(outcome.violations)} violations"
    yield from (f"    {violation}" for violation in outcome.violations[:SHOWN_VIOLATIONS])


def _kind(point: str) -> str:
    """`before commit`, `after call`, `after provider`: when, and of what."""
    return " ".join(point.rpartition("| ")[2].split()[:2])


def _judge(outcomes: list[Outcome], struck: Counter[str], wishes: argparse.Namespace, seed: int) -> int:
    points = set[str]().union(*(outcome.points for outcome in outcomes))
    if wishes.points:
        print("\n".join(f"{struck[point]:4} {point}" for point in sorted({*points, FROM_OUTSIDE})))
    missed = sorted(point for point in points - set(struck) if wishes.at in point)
    print(f"{struck.total()} kills at {len(points) - len(missed)} of {len(points)} points; seed {seed}")
    if missed:
        print(f"  nobody died at, such as: {missed[0]}")
    wrong = [place.place.name for place in outcomes if place.violations]
    if not wrong and struck.total() >= wishes.kills:
        print("PASS: nothing is lost")
        return 0
    reason = f"violations in {'; '.join(wrong)}" if wrong else "too few kills"
    plant = "" if wishes.plant == "-" else f" --plant {wishes.plant}"
    again = (
        f'python -m tests.chaos --seed {seed} --kills {wishes.kills} --only "{wishes.only}" --at "{wishes.at}"{plant}'
    )
    print(f"FAIL: {reason}. Again: {again}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
