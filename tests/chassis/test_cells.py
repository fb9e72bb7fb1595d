"""Lists as CSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from chassis import cells

texts = st.text(st.characters(exclude_categories=["Cs"]))


class Address(serializers.Serializer):
    city = serializers.CharField()


class Shown(serializers.Serializer):
    id = serializers.CharField()
    address = Address()
    lines = Address(many=True)
    total = serializers.IntegerField()
    secret = serializers.CharField(write_only=True)


def rows(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_the_columns_of_a_list_are_the_members_of_its_shape():
    assert cells.columns_of(Shown) == ("id", "address.city", "lines", "total")


def test_csv_has_a_header_a_row_for_each_member_and_lines_that_end_as_they_should():
    member = {"id": "a", "address": {"city": "Bath"}, "lines": [{"city": "é"}], "total": -5}

    assert cells.table([member], cells.columns_of(Shown)).decode() == (
        'id,address.city,lines,total\r\na,Bath,"[{""city"":""é""}]",-5\r\n'
    )


def test_an_empty_list_has_its_header():
    assert rows(cells.table([], cells.columns_of(Shown))) == [["id", "address.city", "lines", "total"]]


def test_what_is_missing_or_null_is_an_empty_cell():
    table = cells.table([{"id": None, "address": None, "total": True}], cells.columns_of(Shown))

    assert rows(table)[1] == ["", "", "", "true"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"])
def test_no_cell_is_run_as_a_formula(first):
    table = cells.table([{"id": f'{first}HYPERLINK("https://evil.example")'}], ["id"])

    assert rows(table)[1] == [f'\'{first}HYPERLINK("https://evil.example")']


@pytest.mark.parametrize("number", [-5, 0, 10**18, "-1.50", "-7"])
def test_a_number_stays_a_number(number):
    assert rows(cells.table([{"total": number}], ["total"]))[1] == [str(number)]


@given(st.lists(st.lists(texts, min_size=2, max_size=2)))
def test_csv_can_be_read_back(given_rows):
    table = cells.table([{"a": a, "b": b} for a, b in given_rows], ["a", "b"])

    assert [[cell.removeprefix("'") for cell in row] for row in rows(table)[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in given_rows
    ]
