"""Which of many cases every run looks at, and which only `make prove`."""

import pytest


def rarely(*cases):
    """These cases, to be proved when time is not short."""
    return [pytest.param(case, marks=pytest.mark.prove) for case in cases]
