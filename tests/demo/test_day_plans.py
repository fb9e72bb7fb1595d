import pytest

from demo.lines import LONGEST_SKU
from demo.plans import make_plan
from demo.sheets import read_sheet
from tests.demo.days import sale
from tests.demo.sums import Sums, expected_sums


def sums_of(plan):
    taken = {line.number: 0 for invoice in plan.invoices for line in invoice.lines}
    for cancellation in plan.cancellations:
        taken[cancellation.sold.number] += cancellation.line.quantity
    whole = [invoice for invoice in plan.invoices if all(taken[line.number] == line.quantity for line in invoice.lines)]
    stand = [invoice for invoice in plan.invoices if invoice not in whole]
    return Sums(
        orders=len(plan.invoices),
        lines=len(taken),
        revenue_pence=sum(invoice.total_pence for invoice in stand),
        guest_orders=sum(not invoice.customer for invoice in plan.invoices),
        cancelled=len(whole),
        refunds_pence=sum(taken[line.number] * line.price_pence for invoice in stand for line in invoice.lines),
        untraded=len(plan.untraded),
    )


@pytest.mark.parametrize("first", [None, 1, 30, 60, 143])
def test_the_plan_of_the_shipped_day_comes_to_the_sums_of_its_file(shipped_day, first):
    plan = make_plan(read_sheet(shipped_day), first)

    assert sums_of(plan) == expected_sums(shipped_day, first)


def test_the_shipped_day_holds_what_its_readme_says(shipped_day):
    plan = make_plan(read_sheet(shipped_day))

    assert len(plan.invoices) == 127
    assert max(len(invoice.lines) for invoice in plan.invoices) == 592
    assert sum(len(invoice.lines) for invoice in plan.invoices) + len(plan.cancellations) + len(plan.untraded) == 3108


def test_a_stock_code_is_one_product_for_each_of_its_prices(planned):
    plan = planned(sale("1", price="2.55"), sale("2", price="2.95"), sale("3", price="2.55"))

    assert list(plan.products) == ["22960@255", "22960@295"]


def test_a_long_stock_code_keeps_a_sku_of_its_own(planned):
    plan = planned(sale("1", code="X" * 80), sale("2", code="X" * 80 + "Y"))

    assert len(plan.products) == 2
    assert all(len(sku) <= LONGEST_SKU for sku in plan.products)


def test_a_product_is_named_by_the_first_line_that_names_it(planned):
    plan = planned("1,22960,,6,12/1/2010,4.25,1,France", sale("2"))

    assert plan.products["22960@425"].name == "JAM MAKING SET"


def test_an_invoice_is_one_order_wherever_its_lines_stand(planned):
    plan = planned(sale("1"), sale("2"), sale("1"), sale("1", code="POST"))

    assert [line.number for line in plan.invoices[0].lines] == [2, 4, 5]


def test_an_invoice_without_a_customer_is_a_guests(planned):
    plan = planned(sale("536414", customer=""), sale("536415", customer="nan"))

    assert [invoice.email for invoice in plan.invoices] == ["guest-536414@example.com", "guest-536415@example.com"]


def test_numbers_that_differ_only_in_signs_stay_two_customers(planned):
    plan = planned(sale("1", customer="a b"), sale("2", customer="a-b"), sale("3", customer="ä" * 90))

    assert len({invoice.email for invoice in plan.invoices}) == 3


def test_the_first_customer_named_on_an_invoice_is_its_customer(planned):
    plan = planned(sale("1", customer=""), sale("1", customer="17850"), sale("1", customer="13047"))

    assert plan.invoices[0].customer == "17850"
    assert plan.notes == ["line 4: invoice 1 is customer 17850's, not 13047's"]


def test_goods_for_a_country_nobody_knows_stay_in_the_shops_own(planned):
    plan = planned(sale("1", country="Unspecified"), sale("2", country="Channel  islands"), sale("3", country="RSA"))

    assert [invoice.country for invoice in plan.invoices] == ["GB", "JE", "ZA"]
    assert plan.notes == ["invoice 1: no country is called 'Unspecified', sent to GB"]


def test_an_order_holds_two_thousand_lines_and_the_rest_is_reported(planned):
    plan = planned(*[sale("1")] * 2001)

    assert len(plan.invoices[0].lines) == 2000
    assert [(line.line, line.reason) for line in plan.untraded] == [(2002, "beyond the 2,000 lines of one order")]


def test_a_cancellation_takes_back_the_latest_earlier_line_with_enough_left(planned):
    sold = [sale("1", quantity=9), sale("2", quantity=9), sale("3", quantity=2)]

    plan = planned(*sold, sale("C4", quantity=-6), sale("C5", quantity=-6))

    assert [cancellation.sold.invoice for cancellation in plan.cancellations] == ["2", "1"]


@pytest.mark.parametrize(
    "cancellation",
    [
        sale("C2", quantity=-7),
        sale("C2", quantity=-6, customer="13047"),
        sale("C2", quantity=-6, customer=""),
        sale("C2", quantity=-6, price="4.24"),
        sale("C2", quantity=-6, code="D"),
    ],
)
def test_a_cancellation_that_matches_no_earlier_line_is_reported(planned, cancellation):
    plan = planned(sale("1"), cancellation)

    assert [line.reason for line in plan.untraded] == ["cancellation that matches no earlier line"]


def test_a_later_line_cannot_be_taken_back(planned):
    plan = planned(sale("C2", quantity=-6), sale("1"))

    assert not plan.cancellations


def test_guests_are_strangers_to_one_another(planned):
    plan = planned(sale("1", customer=""), sale("C2", quantity=-6, customer=""))

    assert not plan.cancellations


def test_the_first_invoices_are_counted_with_cancellations_and_keep_their_later_lines(planned):
    plan = planned(sale("1"), sale("C2", quantity=-6), sale(""), sale("3"), sale(""), sale("1"), first=2)

    assert [line.number for line in plan.invoices[0].lines] == [2, 7]
    assert len(plan.cancellations) == 1
    assert [line.line for line in plan.untraded] == [4]
