"""Lines of a shop's day, and one run of the command over them, against a shop in memory."""

from demo.callers import Account
from demo.connections import Connection
from demo.plans import make_plan
from demo.sheets import read_sheet
from demo.shops import Shop
from demo.summaries import summarise
from demo.trading import trade
from tests.demo.stand_ins import STAFF

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def sale(invoice, code="22960", quantity=6, price="4.25", customer="17850", country="United Kingdom"):
    return f"{invoice},{code},JAM MAKING SET,{quantity},12/1/2010 8:26,{price},{customer},{country}"


# A customer with one product twice, a guest, goods taken back in part, an order taken back whole, and dirt.
SMALL_DAY = [
    sale("1", quantity=6),
    sale("1", quantity=6),
    sale("1", code="POST", quantity=1, price="18"),
    sale("2", customer="", quantity=2),
    sale("3", quantity=3, customer="13047", country="France"),
    sale("3", quantity=1, customer="13047", price="0"),
    sale("C4", quantity=-4),
    sale("C5", quantity=-3, customer="13047"),
    sale("C6", quantity=-99),
]


def run_day(shop, path, first=None):
    """Trades the file without ever sleeping, and tells the summary."""
    sheet = read_sheet(path)
    plan = make_plan(sheet, first)
    with Connection("http://shop.example", sleep=lambda seconds: None) as connection:
        connection.session.mount("http://shop.example", shop)
        clerk = Account(connection, STAFF, "tearline-admin-demo")
        counter = Shop(connection, staff=clerk, edition=sheet.edition)
        book, untraded = trade(plan, counter)
        return summarise(plan, counter, book, untraded)
