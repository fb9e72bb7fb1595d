"""What docs/rest.md tells people to type prints what stands there."""

import re
import shutil

import pytest

from deploy.processes import BASE
from tests.journeys.readers import SERVE, Reader

pytestmark = pytest.mark.timeout(240)

TEXT = (BASE / "docs" / "rest.md").read_text()
EXAMPLE = re.compile(r"```sh\n(.*?)```(?:\n```http\n(.*?)```)?", re.DOTALL)
CUT = "----- the next example"


def examples():
    """What to type, and the lines to be printed."""
    return [(text, shown.splitlines()) for text, shown in EXAMPLE.findall(TEXT)]


def is_printed(line, printed):
    """Whether a line is there, whatever stands where it has an ellipsis."""
    pattern = ".*".join(re.escape(part) for part in line.split("…"))
    return re.search(rf"^{pattern}$", printed, re.MULTILINE) is not None


@pytest.mark.skipif(not shutil.which("curl"), reason="it is typed with curl")
def test_every_example_prints_what_stands_below_it(tmp_path):
    reader = Reader(tmp_path)
    typed = f"\necho; echo '{CUT}'\n".join(text for text, _ in examples())

    with reader.serving(SERVE, "8000"):
        printed = reader.printed_by(typed).replace("\r", "").split(CUT)

    shown = [[reader.with_free_ports(line) for line in lines] for _, lines in examples()]
    missing = [line for lines, text in zip(shown, printed, strict=True) for line in lines if not is_printed(line, text)]
    assert missing == [], "\n".join(printed)
