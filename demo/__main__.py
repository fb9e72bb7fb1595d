"""python -m demo FILE --url URL: trades a day's file against a running server."""

import argparse
import json
import sys
import time
from pathlib import Path

from demo.callers import Account
from demo.connections import Connection, Outage, Refusal
from demo.plans import make_plan
from demo.sheets import WrongForm, read_sheet
from demo.shops import Shop
from demo.steps import shown, silent
from demo.summaries import Summary, summarise
from demo.trading import trade

# An attempt that lasted longer than this met a shop that was there.
LONG_FOR_AN_OUTAGE = 20


class NoStaff(Exception):
    """The account may buy, but not run a shop."""


def main(words: list[str] | None = None) -> int:
    """0 when the day is traded, with or without lines refused; 1 and one line that says why when it could not be."""
    wishes = parser().parse_args(words)
    try:
        summary = trade_patiently(wishes)
    except (WrongForm, Outage, NoStaff) as obstacle:
        return stopped(str(obstacle))
    except Refusal as refusal:
        return stopped(f"{wishes.url} refused {wishes.email}: {refusal}")
    except KeyboardInterrupt:
        return stopped("interrupted; the next run goes on from here")
    print(json.dumps(summary.as_json(), indent=2) if wishes.json else summary.as_text())
    return 0


def trade_patiently(wishes: argparse.Namespace) -> Summary:
    """Begins again after an outage, where the shop stands then, until nothing was traded for as long as wished."""
    give_up = time.monotonic() + wishes.patience
    while True:
        began = time.monotonic()
        try:
            return trade_file(wishes)
        except Outage:
            if time.monotonic() - began > LONG_FOR_AN_OUTAGE:
                give_up = time.monotonic() + wishes.patience
            if time.monotonic() >= give_up:
                raise
            time.sleep(1)


def trade_file(wishes: argparse.Namespace) -> Summary:
    sheet = read_sheet(wishes.file)
    plan = make_plan(sheet, wishes.first)
    with Connection(wishes.url, authority=wishes.cacert) as connection:
        staff = Account(connection, wishes.email, wishes.password)
        staff.sign_in()
        if set(staff.get("/v1/users/me")["roles"]) <= {"customer"}:
            raise NoStaff(f"{wishes.email} is not staff of the shop at {wishes.url}")
        shop = Shop(connection, staff=staff, edition=sheet.edition)
        book, untraded = trade(plan, shop, silent if wishes.quiet else shown)
        return summarise(plan, shop, book, untraded)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m demo", description="Trade a day of a real shop.")
    arguments.add_argument("file", type=Path, help="a day's invoices as CSV, in the form of demo/*.csv")
    arguments.add_argument("--url", required=True, help="where the server answers, as in http://localhost:8000")
    arguments.add_argument("--cacert", default="", metavar="FILE", help="the authority of its certificate, for HTTPS")
    arguments.add_argument("--email", default="admin@example.com", help="a member of staff")
    arguments.add_argument("--password", default="tearline-admin-demo")
    arguments.add_argument("--first", type=positive, metavar="N", help="only the first N invoices of the file")
    arguments.add_argument("--patience", type=float, default=0, metavar="SECONDS", help="how long to wait for a server")
    arguments.add_argument("--json", action="store_true", help="print the summary as JSON")
    arguments.add_argument("--quiet", action="store_true", help="show no progress")
    return arguments


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise ValueError(word)
    return number


def stopped(why: str) -> int:
    print(f"demo: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
