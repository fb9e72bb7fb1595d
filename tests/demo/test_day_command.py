import json
import socket

import pytest
import requests

from demo.__main__ import main
from tests.demo.sums import expected_sums

ADDRESS = "http://shop.example"


@pytest.fixture
def reachable(shop, monkeypatch):
    """Whoever opens a session reaches the shop in memory."""
    monkeypatch.setattr(requests.Session, "get_adapter", lambda session, url: shop)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("reachable")
def test_the_command_prints_a_summary_people_can_read(small_day, capsys):
    status = main([str(small_day), "--url", ADDRESS])

    printed, errors = capsys.readouterr()
    assert (status, errors) == (0, "")
    assert "revenue                 £77.50   7750 pence, before refunds" in printed
    assert "price zero: 1\n    line 7 (3 22960)" in printed


@pytest.mark.usefixtures("reachable")
def test_the_command_prints_a_summary_programs_can_read(small_day, capsys):
    main([str(small_day), "--url", ADDRESS, "--json", "--quiet", "--first", "2"])

    summary = json.loads(capsys.readouterr().out)
    assert summary["revenue_pence"] == expected_sums(small_day, 2).revenue_pence
    assert summary["untraded"] == []


def test_a_server_that_is_not_there_is_told_in_one_line(small_day, capsys, monkeypatch):
    monkeypatch.setattr("demo.connections.TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]

    status = main([str(small_day), "--url", f"http://127.0.0.1:{port}"])

    assert status == 1
    assert capsys.readouterr().err == f"demo: http://127.0.0.1:{port} does not answer: ConnectionError\n"


@pytest.mark.usefixtures("reachable")
def test_a_refused_sign_in_is_told_in_one_line(small_day, capsys):
    status = main([str(small_day), "--url", ADDRESS, "--password", "a guess"])

    assert status == 1
    assert capsys.readouterr().err.startswith(f"demo: {ADDRESS} refused admin@example.com: invalid_credentials")


@pytest.mark.usefixtures("reachable")
def test_a_customer_cannot_run_the_shop(small_day, shop, capsys):
    shop.people["customer@example.com"] = "tearline-customer-demo"

    status = main(
        [str(small_day), "--url", ADDRESS, "--email", "customer@example.com", "--password", "tearline-customer-demo"]
    )

    assert status == 1
    assert capsys.readouterr().err == f"demo: customer@example.com is not staff of the shop at {ADDRESS}\n"


def test_a_file_of_another_form_is_told_in_one_line(written, capsys):
    status = main([str(written(header="a,b")), "--url", ADDRESS])

    assert status == 1
    assert capsys.readouterr().err.startswith("demo: the file has not the expected columns; missing: invoice, code")


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_the_first_invoices_are_a_positive_number(small_day, number):
    with pytest.raises(SystemExit):
        main([str(small_day), "--url", ADDRESS, "--first", number])
