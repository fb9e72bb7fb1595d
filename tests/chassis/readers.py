"""Reads an answer in XML back, to compare it with what JSON says."""

import json

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def read(element):
    """What an element says, all scalars as text."""
    if element.get(NIL):
        return None
    if not len(element):
        return element.text or ""
    if all(child.tag == "item" for child in element):
        return [read(child) for child in element]
    return {child.get("name", child.tag): read(child) for child in element}


def said(value):
    """The same of a value; what is empty cannot be told apart."""
    if isinstance(value, dict | list) and not value:
        return ""
    if isinstance(value, dict):
        return {name: said(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [said(inner) for inner in value]
    return value if value is None else value if isinstance(value, str) else json.dumps(value)
