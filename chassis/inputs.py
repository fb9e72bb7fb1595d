"""Where a person types what a body needs: one input for each of its members, drawn from its serializer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rest_framework import serializers

from chassis.pages import Form
from chassis.serializers import Amount
from chassis.values import label_of

LONG_TEXT = 300
AUTOCOMPLETE = {
    "recipient": "name",
    "company": "organization",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
    "phone": "tel",
    "full_name": "name",
    "email": "email",
    "password": "new-password",
}
HINTS = {
    "country": "Two capital letters, as GB",
    "currency": "Three capital letters, as GBP",
    "phone": "With the code of the country, as +441947600000",
}
MINOR_UNITS = "In the smallest unit: 250 for 2.50"
ANY = ("", "—")
YES_OR_NO = (("true", "yes"), ("false", "no"))


@dataclass(frozen=True)
class Input:
    """What is drawn for a member. `kind` is text, textarea, select, hidden, or group for what has `parts`."""

    name: str
    label: str
    kind: str
    value: str = ""
    is_required: bool = False
    hint: str = ""
    error: str = ""
    options: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence["Input"] = ()


@dataclass(frozen=True)
class _Place:
    """Where in the body a member is. In what is spare nothing is required; labels end with the row's number."""

    prefix: str = ""
    ending: str = ""
    is_spare: bool = False


@dataclass(frozen=True)
class Drawing:
    """Draws the inputs of one form, with the errors of its last sending by their dotted names."""

    form: Form
    errors: Mapping[str, str] = field(default_factory=dict)

    def inputs(self, body: Any, values: Any) -> list[Input]:
        """Of the members that the form asks for, with the values that they have so far."""
        asked = body.fields if self.form.members is None else self.form.members
        return self._members({name: body.fields[name] for name in asked}, values, _Place())

    def _members(self, fields: Mapping[str, Any], values: Any, place: _Place) -> list[Input]:
        given = values if isinstance(values, dict) else {}
        writable = {name: one for name, one in fields.items() if not one.read_only}
        return [self._member(name, one, given.get(name), place) for name, one in writable.items()]

    def _member(self, name: str, one: Any, value: Any, place: _Place) -> Input:
        full = place.prefix + name
        if isinstance(one, serializers.ListSerializer):
            return self._group(full, self._rows(one, value, full))
        if isinstance(one, serializers.Serializer):
            is_spare = place.is_spare or not one.required
            return self._group(
                full, self._members(one.fields, value, replace(place, prefix=f"{full}.", is_spare=is_spare))
            )
        if full in self.form.hidden:
            return Input(full, label_of(name), "hidden", _text(value))
        return self._leaf(name, one, _text(value), place)

    def _group(self, name: str, parts: list[Input]) -> Input:
        return Input(name, label_of(name.rpartition(".")[2]), "group", error=self.errors.get(name, ""), parts=parts)

    def _rows(self, one: Any, values: Any, name: str) -> list[Input]:
        """A row for each value, and a spare one where the form can grow."""
        given = values if isinstance(values, list) else []
        needed = len(given) or int(one.required)
        rows = [*(given or [{}]), *([{}] if self.form.can_grow else [])]
        return [
            part
            for position, row in enumerate(rows)
            for part in self._members(one.child.fields, row, _row(name, position, is_spare=position >= needed))
        ]

    def _leaf(self, name: str, one: Any, text: str, place: _Place) -> Input:
        full, is_required = place.prefix + name, one.required and not place.is_spare
        options = self._options(name, one)
        return Input(
            name=full,
            label=label_of(name) + place.ending,
            kind="select" if options else _kind(one),
            value="" if name == "password" else text,
            is_required=is_required,
            hint="" if options else _hint(name, one),
            error=self.errors.get(full, ""),
            options=options if is_required and text in dict(options) else [ANY, *options],
            attributes=_attributes(name, one),
        )

    def _options(self, name: str, one: Any) -> list[tuple[str, str]]:
        if name in self.form.choices:
            return [(choice, choice) for choice in self.form.choices[name]]
        if isinstance(one, serializers.ChoiceField):
            return [(str(choice), str(choice)) for choice in one.choices]
        return list(YES_OR_NO) if isinstance(one, serializers.BooleanField) else []


def filter_inputs(view: Any, given: Mapping[str, str]) -> list[Input]:
    """What a list may be asked, with what it was asked: words first, its order last."""
    known = getattr(view, "filterset_class", None)
    filters = [_filter(name, one, given.get(name, "")) for name, one in (known.base_filters if known else {}).items()]
    return [*sorted(filters, key=lambda one: one.kind != "search"), *_orderings(view, given.get("ordering", ""))]


def _filter(name: str, one: Any, value: str) -> Input:
    choices = [(str(key), str(text)) for key, text in getattr(one.field, "choices", ()) if key]
    if name == "q":
        return Input(name, "Search", "search", value)
    label = label_of(name) if name.startswith(("in_", "is_")) else f"By {_inside(label_of(name))}"
    return Input(name, label, "select" if choices else "text", value, options=[ANY, *choices])


def _orderings(view: Any, value: str) -> list[Input]:
    names = getattr(view, "orderings", ())
    options = [(name, label_of(name.lstrip("-")) + (", descending" if name[0] == "-" else "")) for name in names]
    return [Input("ordering", "Sorted by", "select", value, options=options)] if options else []


def _inside(label: str) -> str:
    """As it is written within a sentence: `product ID`, but `SKU`."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _row(name: str, position: int, *, is_spare: bool) -> _Place:
    return _Place(f"{name}.{position}.", f" {position + 1}" if position else "", is_spare)


def _text(value: Any) -> str:
    """A value as it would be typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _kind(one: Any) -> str:
    return "textarea" if (getattr(one, "max_length", None) or 0) > LONG_TEXT else "text"


def _hint(name: str, one: Any) -> str:
    return MINOR_UNITS if isinstance(one, Amount) else HINTS.get(name, "")


def _attributes(name: str, one: Any) -> dict[str, str]:
    """What helps the browser to help; what is right only the service knows."""
    is_natural = isinstance(one, serializers.IntegerField) and (one.min_value or 0) >= 0
    given = {
        "type": "password" if name == "password" else "email" if isinstance(one, serializers.EmailField) else "",
        "inputmode": "numeric" if is_natural else "",
        "maxlength": _text(getattr(one, "max_length", None)),
        "autocomplete": AUTOCOMPLETE.get(name, "off"),
    }
    return {attribute: value for attribute, value in given.items() if value}
