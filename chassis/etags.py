"""Strong entity tags: the row's version, and a digest of this very representation (RFC 9110, section 8.8.3)."""

import hashlib
import re

from rest_framework.request import Request
from rest_framework.response import Response

from chassis.context import Headers
from chassis.problems import PreconditionRequired, VersionMismatch

_TAG = re.compile(r'(W/)?"([^"]*)"')
_VERSION = re.compile(r"[0-9]{1,10}")


def etag(version: int | None, content: bytes) -> str:
    """The tag of these bytes; what has a version begins with it, so that `If-Match` can compare it."""
    row = "" if version is None else f"{version}-"
    return f'"{row}{hashlib.blake2b(content, digest_size=8).hexdigest()}"'


def require_version(request: Request, version: int) -> None:
    """Refuse to change what the caller has not seen: 428 without `If-Match`, 412 when it names another version.

    Only the version counts, so a tag read in one format is good for a change sent in another.
    """
    given = Headers(request).get("If-Match").strip()
    if not given:
        raise PreconditionRequired("Send the ETag you have read in If-Match")
    if given != "*" and version not in _versions(given):
        raise VersionMismatch("Read it again and repeat your change", current_version=version)


def answer_unchanged(request: Request, response: Response) -> None:
    """Turn the answer into a 304 without a body if the caller holds this representation (weak comparison)."""
    known = Headers(request).get("If-None-Match")
    if not known:
        return
    tags = {tag for _, tag in _TAG.findall(known)}
    if known.strip() == "*" or response["ETag"].strip('"') in tags:
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]


def _versions(given: str) -> set[int]:
    strong = (tag for weak, tag in _TAG.findall(given) if not weak)
    return {int(first) for first in (tag.partition("-")[0] for tag in strong) if _VERSION.fullmatch(first)}
