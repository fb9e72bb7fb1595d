"""Files with the private keys of a service: PEM, one after the other. All are published, the first signs.

What stands before a key is a remark (RFC 7468, section 5.2): readers pass over it, whoever replaces keys makes notes.
"""

import re
from dataclasses import dataclass

_ENTRY = re.compile(r"(.*?)(-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \3-----)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """A key as it stands in a file, and the remark before it."""

    pem: str
    remark: str = ""


def read(text: str) -> list[Entry]:
    """The keys of a file, in their order. What is not a key whole is no key."""
    return [Entry(pem, remark.strip()) for remark, pem, _ in _ENTRY.findall(text)]


def write(entries: list[Entry]) -> str:
    """What `read` reads."""
    return "".join(f"{entry.remark}\n{entry.pem}\n" if entry.remark else f"{entry.pem}\n" for entry in entries)
