"""What breaks about a value when its schema changes.

What a client sends must still be taken, so a request may only become wider. What it is answered must be what it knows,
so an answer may only become narrower, and have more members.
"""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from tests.contracts.schemas import Schema

UPPER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
LOWER = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
EXACT = ("pattern", "format")
# What a validator can decide of a listed value.
DECIDING = {*UPPER, *LOWER, "pattern", "enum", "const"}
# Looked at by what they make: branches, members, items.
SHAPE = {"type", "enum", "const", "properties", "required", "additionalProperties", "items", "default"}
PROSE = {
    "title",
    "description",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "$comment",
}

Break = tuple[str, str]


def breaks(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[Break]:
    """The member, and what about it breaks a client that knows `old` when it sends this, or is answered it."""
    given, taking = (old, new) if is_sent else (new, old)
    for branch in given.branches:
        yield from _nearest(branch, taking, is_sent=is_sent)


def _nearest(given: Schema, taking: Schema, *, is_sent: bool) -> list[Break]:
    """What is wrong with one alternative that is given, measured by the one that comes nearest where it is taken."""
    same = [taken for taken in taking.branches if suits(given.kind, taken.kind)]
    if not same:
        before, now = ([given.kind], taking.kinds) if is_sent else (taking.kinds, [given.kind])
        return [("", f"is {' or '.join(now)} now, was {' or '.join(before)}")]
    tries = [_breaks(*((given, taken) if is_sent else (taken, given)), is_sent=is_sent) for taken in same]
    return min(map(list, tries), key=len)


def suits(given: str, taken: str) -> bool:
    """Whether every value of a kind is taken where another kind is."""
    return taken in {"any", given} or (given, taken) == ("integer", "number")


def _breaks(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[Break]:
    for look in (_listed, _limits, _presence, _changes):
        yield from (("", what) for what in look(old, new, is_sent=is_sent))
    for name, (before, now) in _inner(old, new).items():
        yield from ((_joined(name, path), what) for path, what in breaks(before, now, is_sent=is_sent))


def _inner(old: Schema, new: Schema) -> dict[str, tuple[Schema, Schema]]:
    """The pairs of what stands within both."""
    both = {name: (inner, new.members[name]) for name, inner in old.members.items() if name in new.members}
    if old.others:
        both |= {name: (old.others, inner) for name, inner in new.members.items() if name not in old.members}
    if "items" in old.node or "items" in new.node:
        both["[]"] = (old.items, new.items)
    has_others = any(isinstance(one.node.get("additionalProperties"), dict) for one in (old, new))
    if has_others and old.others and new.others:
        both["*"] = (old.others, new.others)
    return both


def _listed(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    """Values that are named one by one."""
    given, taken = (old, new) if is_sent else (new, old)
    if given.values is None and taken.values is not None:
        yield "takes listed values only now" if is_sent else "may be other values than those listed now"
    known = Draft202012Validator({name: limit for name, limit in taken.node.items() if name in DECIDING})
    for value in given.values or ():
        if not known.is_valid(value):
            yield f"no longer takes {value!r}" if is_sent else f"may be {value!r} now"


def _limits(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    given, taken = (old, new) if is_sent else (new, old)
    for name in (*UPPER, *LOWER, *EXACT) if given.values is None else ():
        if _exceeds(name, given.node.get(name), taken.node.get(name)):
            yield f"{name} is {new.node.get(name, 'gone')} now, was {old.node.get(name, 'not there')}"


def _exceeds(name: str, given: Any, taken: Any) -> bool:
    if taken is None or given == taken:
        return False
    return given is None or name in EXACT or (given > taken if name in UPPER else given < taken)


def _presence(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    """Which members there are, and which there must be."""
    gone = old.members.keys() - new.members.keys()
    yield from (f"'{name}' is gone" for name in sorted(gone))
    if is_sent:
        yield from (f"'{name}' is required now" for name in sorted(new.required - old.required))
    else:
        yield from (f"'{name}' may be missing now" for name in sorted(old.required - new.required - gone))
    closed, opened = (new.others is None, old.others) if is_sent else (old.others is None, new.others)
    if closed and (opened is not None or (not is_sent and new.members.keys() - old.members.keys())):
        yield f"other members {'are no longer taken' if is_sent else 'may be there now'}"


def _changes(old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    """What means something else now, and what is not known to be harmless."""
    if is_sent and old.node.get("default") != new.node.get("default"):
        yield f"is {new.node.get('default')!r} now where it is not sent, was {old.node.get('default')!r}"
    for name in sorted((old.node.keys() | new.node.keys()) - {*UPPER, *LOWER, *EXACT} - SHAPE - PROSE):
        if not name.startswith("x-") and old.node.get(name) != new.node.get(name):
            yield f"{name} changed"


def _joined(name: str, path: str) -> str:
    return f"{name}{path}" if path.startswith("[]") else f"{name}.{path}" if path else name
