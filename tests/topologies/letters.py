"""The letters that a shop has sent: in development they are files in its folder."""

import re
from email import message_from_bytes, policy
from pathlib import Path

RULE = b"-" * 79


def letters_to(folder: Path, address: str) -> list[str]:
    """Subject and text of each letter to an address, in the order in which they were sent."""
    files = sorted((folder / "letters").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    texts = [text for file in files for text in file.read_bytes().split(RULE) if text.strip()]
    messages = [message_from_bytes(text.lstrip(), policy=policy.default) for text in texts]
    return [f"{one['Subject']}\n{one.get_content()}" for one in messages if one["To"] == address]


def token_in(letter: str) -> str:
    """The token that a letter carries."""
    found = re.search(r"^ {4}([\w-]{43})$", letter, re.MULTILINE)
    assert found, letter
    return found[1]
