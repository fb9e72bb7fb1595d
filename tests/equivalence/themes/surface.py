"""The surface of HTTP: conditions, heads, methods, media types, and what is refused before it is understood."""

from urllib.parse import urlsplit

from tests.equivalence.casts import Cast

# An address of each kind, in each service: a list, a command, and what is not there.
LISTS = ("/v1/users", "/v1/products", "/v1/orders", "/v1/payments", "/v1/refunds")
COMMANDS = ("/v1/tokens", "/v1/orders", "/v1/payments")
MISSING = ("/v1/users/usr_x", "/v1/orders/ord_x", "/v1/payments/pay_x")
QUESTIONS = ("colour=red", "status=", "status=lost", "ordering=", "ordering=id,total", "limit=", "limit=%EF%BC%91")
JSON = {"Content-Type": "application/json"}


def conditions(cast: Cast) -> None:
    """What was read before is not sent again, and what was changed meanwhile is not overwritten."""
    admin, nobody, path = cast.admin, cast.nobody, f"/v1/products/{cast.products['gift']}"
    tag = admin.get("staff read the gift", path).etag
    for step, known in _known_tags(tag).items():
        admin.get(f"known by {step}", path, If_None_Match=known)
        admin.ask(f"its head, known by {step}", "HEAD", path, If_None_Match=known)
    nobody.get("a tag of what staff see is not that of everybody", path, If_None_Match=tag)
    for step, given in _given_tags(tag).items():
        admin.ask(f"a change of {step}", "PATCH", path, {"description": step}, If_Match=given)
        tag = admin.get(f"after a change of {step}", path).etag
    admin.ask("prices of another version", "PUT", f"{path}/prices", {"prices": []}, If_Match='"99-0"')
    admin.ask("a change of what is not there", "PATCH", "/v1/products/prd_x", {}, If_Match="*")
    nobody.ask("a condition opens no door", "PATCH", path, {}, If_Match=tag)
    cast.anna.get("nor does it for what is not there", "/v1/orders/ord_x", If_None_Match="*")


def heads(cast: Cast) -> None:
    """HEAD answers like GET, and OPTIONS says what else there is."""
    for path in (*LISTS, *MISSING, "/v1/providers", "/v1/tokens", "/v1/quotes", "/v1/nothing"):
        cast.admin.ask(f"the head of {path}", "HEAD", path)
        cast.nobody.ask(f"the head of {path}, for nobody", "HEAD", path)
        cast.admin.ask(f"what {path} offers", "OPTIONS", path)
        cast.nobody.ask(f"what {path} offers nobody", "OPTIONS", path)
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        for path in LISTS:
            cast.admin.ask(f"{method} at {path}", method, path)


def media_types(cast: Cast) -> None:
    """What is read, what is written, and what is neither."""
    ask, headers = cast.recorder.ask, {**cast.admin.headers, "Idempotency-Key": "media-types-0123456789"}
    sent = {
        "text": {"Content-Type": "text/plain"},
        "XML": {"Content-Type": "application/xml"},
        "a merge patch": {"Content-Type": "application/merge-patch+json"},
        "no type": {"Content-Type": ""},
        "JSON in Latin-1": {"Content-Type": "application/json; charset=latin-1"},
        "JSON in upper case": {"Content-Type": "Application/JSON; charset=UTF-8"},
        "packed JSON": {**JSON, "Content-Encoding": "gzip"},
        "JSON that says it is packed": {**JSON, "Content-Encoding": "br"},
    }
    for step, kind in sent.items():
        for path in COMMANDS:
            ask(f"{step} for {path}", "POST", path, data=b"{}", headers={**headers, **kind})
    for accept in ("*/*", "application/*", "application/problem+json", "application/xml", "audio/ogg", "", "rubbish"):
        for path in ("/v1/products?limit=1&ordering=name", "/v1/orders/ord_x", "/v1/providers"):
            ask(f"{accept or 'nothing'} accepted from {path}", "GET", path, headers={**headers, "Accept": accept})


def misunderstandings(cast: Cast) -> None:
    """JSON and questions that mean nothing, or two things."""
    ask, headers = cast.recorder.ask, {**cast.admin.headers, **JSON, "Idempotency-Key": "misunderstood-0123456789"}
    texts = {
        "a name twice within": b'{"lines": [{"quantity": 1, "quantity": 2}]}',
        "half a character": b'{"currency": "\\ud800", "email": "\\ud800", "order_id": "\\ud800"}',
        "a NUL": b'{"currency": "\\u0000", "email": "\\u0000", "order_id": "\\u0000"}',
        "infinity": b'{"amount": 1e999}',
        "a number without end": b'{"amount": ' + b"9" * 5000 + b"}",
        "a mark of byte order": b"\xef\xbb\xbf{}",
        "two values": b"{} {}",
        "a comment": b'{"amount": 1 /* one */}',
        "deep, never closed": b'{"lines": ' * 2000,
    }
    for step, content in texts.items():
        for path in COMMANDS:
            ask(f"{step} for {path}", "POST", path, data=content, headers=headers)
    for query in (
        "colour=red",
        "status=",
        "status=lost",
        "ordering=",
        "ordering=id,total",
        "limit=",
        "limit=%EF%BC%91",
    ):
        for path in LISTS:
            cast.admin.get(f"{path} asked for {query}", f"{path}?{query}")


def walks(cast: Cast) -> None:
    """Every list, there and back in small steps, and cursors in the wrong place."""
    cursors = {path: _walk(cast, path) for path in LISTS}
    for path in LISTS:
        for home, cursor in cursors.items():
            if home != path and cursor:
                cast.admin.get(f"a cursor of {home} at {path}", f"{path}?cursor={cursor}&limit=1")
        for limit in ("100", "101", "-1", "9223372036854775808"):
            cast.admin.ask(f"{limit} rows of {path}", "HEAD", f"{path}?limit={limit}")


def _walk(cast: Cast, path: str) -> str:
    """Three steps on and one back; returns a cursor of this list."""
    page = cast.admin.get(f"the first of {path}", f"{path}?limit=1&ordering=created_at").body
    cursor = ""
    for step in ("second", "third"):
        if not page["next"]:
            return cursor
        cursor = urlsplit(page["next"]).query.partition("cursor=")[2].partition("&")[0]
        page = cast.admin.get(f"the {step} of {path}", _path(page["next"])).body
    cast.admin.get(f"and back in {path}", _path(page["previous"]))
    return cursor


def _known_tags(tag: str) -> dict[str, str]:
    return {
        "its tag": tag,
        "a weak one": f"W/{tag}",
        "one of several": f'"other", {tag}',
        "anything": "*",
        "another": '"1-0000000000000000"',
        "what is no tag": tag.strip('"'),
    }


def _given_tags(tag: str) -> dict[str, str]:
    return {
        "this version": tag,
        "a version that is gone": tag,
        "any version": "*",
        "a weak tag": f"W/{tag}",
        "what is no tag": "rubbish",
        "no version": "",
    }


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
