"""Answers as XML."""

from functools import partial
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import elements
from tests.chassis.readers import read, said

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)
written = partial(elements.document, "answer")


def test_xml_says_lists_nulls_and_booleans():
    text = written({"data": [{"id": "ord_1", "note": None, "is_new": True}], "next": None}).decode()

    assert text.splitlines()[1] == (
        f'<answer {elements.NIL}><data><item><id>ord_1</id><note xsi:nil="true"/><is_new>true</is_new></item></data>'
        '<next xsi:nil="true"/></answer>'
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(texts.filter(lambda name: name != "item"), values, min_size=1))
def test_xml_is_well_formed_whatever_is_in_it(value):
    ET.fromstring(written(value))


named = st.text("abc_-.:<>& \"'\r\n\té", max_size=5).filter(lambda name: name not in {"item", "member"})
legal = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\r\n\t<&]]>")
)


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | legal, lambda inner: st.dictionaries(named, inner)))
def test_xml_says_the_same_as_json(value):
    assert read(ET.fromstring(written({"value": value}))) == said({"value": value})


@pytest.mark.parametrize("illegal", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold_is_marked_as_missing(illegal):
    answer = ET.fromstring(written({"note": f"a{illegal}b", f"n{illegal}": 1}))

    assert [(child.tag, child.get("name"), child.text) for child in answer] == [
        ("note", None, "a\ufffdb"),
        ("member", "n\ufffd", "1"),
    ]


def test_markup_in_an_answer_is_text():
    hostile = '</note><admin>true</admin><!-- ]]> & "'

    assert [child.text for child in ET.fromstring(written({"note": hostile}))] == [hostile]
