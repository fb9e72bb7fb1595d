"""python -m tests.graders: what spectral and schemathesis find; `--max-examples 200 --seed 7` looks deeper."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from deploy.processes import BASE
from tests.graders import runs

HERE = Path(__file__).parent
DOCUMENTS = sorted((BASE / "docs" / "api").glob("*.json"))


def main(words: list[str] | None = None) -> int:
    """0 when neither finds an error."""
    wishes = parser().parse_args(words)
    begun = time.monotonic()
    failing = [] if wishes.only == "schemathesis" else lint()
    failing += [] if wishes.only == "spectral" else fuzz(wishes)
    seconds = time.monotonic() - begun
    print(f"\n{', '.join(failing) or 'nobody'} found errors, {seconds:.0f} s")
    return min(1, len(failing))


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m tests.graders", description=__doc__)
    arguments.add_argument("--only", choices=("spectral", "schemathesis"), default="")
    arguments.add_argument("--seed", type=int, default=1, help="of the random requests")
    arguments.add_argument("--max-examples", type=int, default=10, help="for each operation, and each chain of them")
    arguments.add_argument(
        "documents", nargs="*", help="by name, as orders-v2; all that are for everybody where none is"
    )
    return arguments


def lint() -> list[str]:
    """What spectral has against the committed documents; a hint counts as an error does."""
    spectral = HERE / "node_modules" / ".bin" / "spectral"
    words = ["lint", "--ruleset", str(HERE / "spectral.yaml"), "--fail-severity", "hint", *map(str, DOCUMENTS)]
    print(f"spectral, on {', '.join(document.stem for document in DOCUMENTS)}", flush=True)
    return ["spectral"] if subprocess.run([str(spectral), *words], cwd=HERE, check=False).returncode else []


def fuzz(wishes: argparse.Namespace) -> list[str]:
    """What schemathesis has against the shop. The documents for other services are not for people who ask."""
    public = [document for document in DOCUMENTS if "internal" not in document.stem]
    chosen = [document for document in public if not wishes.documents or document.stem in wishes.documents]
    print(f"schemathesis, with seed {wishes.seed} and up to {wishes.max_examples} examples")
    return runs.failing(chosen, ["--seed", str(wishes.seed), "--max-examples", str(wishes.max_examples)])


if __name__ == "__main__":
    sys.exit(main())
