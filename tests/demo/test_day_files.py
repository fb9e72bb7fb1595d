import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.plans import make_plan
from demo.sheets import WrongForm, read_sheet
from tests.demo.days import HEADER, sale


def reasons(plan):
    return [(line.line, line.reason) for line in plan.untraded]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_in_any_encoding_that_spreadsheets_save(planned, encoding):
    plan = planned(sale("1").replace("JAM", "CAFÉ"), encoding=encoding)

    assert plan.invoices[0].lines[0].name == "CAFÉ MAKING SET"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(planned, end):
    plan = planned(sale("1"), sale("2"), end=end)

    assert [invoice.number for invoice in plan.invoices] == ["1", "2"]


def test_columns_may_stand_in_any_order_and_beside_others(planned):
    header = "#,Country,Customer ID,Price,InvoiceDate,Quantity,Description,StockCode,Invoice"

    plan = planned("x,GB,17850,2.55,2010-12-01,6,Jam,22960,1", header=header)

    assert plan.invoices[0].total_pence == 6 * 255
    assert plan.invoices[0].customer == "17850"


def test_a_file_without_the_columns_is_no_day_of_trading(written):
    with pytest.raises(WrongForm, match="missing: price, customer, country"):
        read_sheet(written("1,2", header="InvoiceNo,StockCode,Description,Quantity,InvoiceDate"))


def test_a_file_that_is_not_there_or_empty_is_no_day_of_trading(tmp_path):
    (tmp_path / "empty.csv").touch()

    for name in ("nowhere.csv", "empty.csv"):
        with pytest.raises(WrongForm):
            read_sheet(tmp_path / name)


def test_blank_lines_and_repeated_headers_trade_nothing(planned):
    plan = planned("", sale("1"), ",,,,,,,", HEADER, sale("1"))

    assert len(plan.invoices[0].lines) == 2
    assert reasons(plan) == [(5, "repeated header")]


def test_cells_are_trimmed_of_what_cannot_be_printed(planned):
    plan = planned(" 1\t,\xa022960 , Jam\x00 ,  6 , 12/1/2010 8:26 , 2.55 , 17850.0 , EIRE ")

    [invoice] = plan.invoices
    assert (invoice.number, invoice.customer, invoice.country) == ("1", "17850", "IE")
    assert (invoice.lines[0].sku, invoice.lines[0].name) == ("22960@255", "Jam")


def test_a_quoted_cell_may_hold_commas_quotes_and_line_ends(planned):
    plan = planned('1,22960,"JAM, ""BIG""\nSET",6,12/1/2010 8:26,4.25,17850,France', sale("2"))

    assert plan.invoices[0].lines[0].name == 'JAM, "BIG" SET'
    assert plan.invoices[1].lines[0].number == 4


def test_a_quote_nobody_closed_swallows_no_other_line(planned):
    plan = planned(sale("1").replace("JAM", '"JAM'), sale("2"), sale("3").replace("JAM SET", '"JAM, SET"'), sale("4"))

    assert [invoice.number for invoice in plan.invoices] == ["1", "2", "3", "4"]


def test_two_quotes_nobody_closed_do_not_make_one_record_of_two(planned):
    plan = planned(sale("1").replace(",6,", ',"6,'), sale("2").replace("SET", 'SET"'))

    assert [invoice.number for invoice in plan.invoices] == ["1", "2"]


def test_a_line_with_too_few_or_too_many_cells_is_reported(planned):
    plan = planned(sale("1"), "2,22960,JAM", f"{sale('3')},more", f"{sale('4')},,,")

    assert [invoice.number for invoice in plan.invoices] == ["1", "4"]
    assert reasons(plan) == [(3, "wrong number of columns"), (4, "wrong number of columns")]


@pytest.mark.parametrize(
    "date",
    [
        "12/1/2010 8:26",
        "2010-12-01T08:26:00",
        "01.12.2010",
        "13/12/2010 08:26",
        "12/1/10 8:26 PM",
        "40513.351",
        "1 Dec 2010",
    ],
)
def test_dates_come_in_many_forms(planned, date):
    plan = planned(f"1,22960,Jam,6,{date},4.25,17850,France")

    assert not plan.untraded


@pytest.mark.parametrize(
    ("quantity", "price", "reason"),
    [
        ("six", "4.25", "unreadable quantity"),
        ("1.5", "4.25", "unreadable quantity"),
        ("NaN", "4.25", "unreadable quantity"),
        ("", "4.25", "unreadable quantity"),
        ("0", "4.25", "quantity zero"),
        ("-0.0", "4.25", "quantity zero"),
        ("-6", "4.25", "stock correction: a negative quantity without a cancellation"),
        ("1000001", "4.25", "quantity beyond 1,000,000"),
        ("1e999999999", "4.25", "quantity beyond 1,000,000"),
        ("6", "", "unreadable price"),
        ("6", "free", "unreadable price"),
        ("6", "Infinity", "unreadable price"),
        ("6", "0", "price zero"),
        ("6", "0.00", "price zero"),
        ("6", "-11062.06", "price negative"),
        ("6", "0.001", "price not in whole pence"),
        ("6", "1e-999999", "price not in whole pence"),
        ("6", "1e999999", "price beyond 1,000,000,000,000 pence"),
        ("1000000", "99999999.99", "beyond the 1,000,000,000,000 pence of one order"),
    ],
)
def test_a_line_that_cannot_be_sold_is_reported_with_the_reason(planned, quantity, price, reason):
    plan = planned(sale("1", quantity=quantity, price=price), sale("2"))

    assert reasons(plan) == [(2, reason)]
    assert [invoice.number for invoice in plan.invoices] == ["2"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (sale(""), "no invoice number"),
        (sale("9" * 41), "unreadable invoice number"),
        (sale("1", code=""), "no stock code"),
        (sale("1").replace("12/1/2010", "32/13/2010"), "unreadable date"),
        (sale("C1", quantity=6), "cancellation with a positive quantity"),
    ],
)
def test_a_line_that_lacks_something_is_reported_with_the_reason(planned, line, reason):
    plan = planned(line)

    assert reasons(plan) == [(2, reason)]


@pytest.mark.parametrize(
    ("cell", "pence"), [("2.55", 255), ("2.550", 255), ("£2.55", 255), ("165", 16500), ('"1,165.5"', 116550)]
)
def test_a_price_is_read_to_the_penny(planned, cell, pence):
    plan = planned(sale("1", price=cell))

    assert plan.invoices[0].lines[0].price_pence == pence


WILD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "1", "C1", "-1", "0", "1.5", '"', "22960", "12/1/2010 8:26", "17850.0", "EIRE", "\x00", "1e999999"]
    ),
)


@given(st.lists(st.lists(WILD, min_size=1, max_size=9).map(",".join), max_size=12))
def test_whatever_stands_under_the_header_every_row_is_traded_or_reported(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("wild") / "day.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8", errors="replace", newline="")

    sheet = read_sheet(path)
    plan = make_plan(sheet)

    sold = [line.number for invoice in plan.invoices for line in invoice.lines]
    returned = [cancellation.line.number for cancellation in plan.cancellations]
    told = sorted([*sold, *returned, *(line.line for line in plan.untraded)])
    assert told == sorted([*(row.line for row in sheet.rows), *(line.line for line in sheet.untraded)])
