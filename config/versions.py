"""Which version of the product this is."""

import tomllib
from functools import lru_cache

from config.environment import BASE


@lru_cache
def product_version() -> str:
    """As `pyproject.toml` has it."""
    return str(tomllib.loads((BASE / "pyproject.toml").read_text())["project"]["version"])
