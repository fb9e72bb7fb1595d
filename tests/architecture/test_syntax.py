"""No service reaches into another by a string, an alias, an address or a template."""

import pytest

from deploy.processes import BASE
from tests.architecture.syntax import RULES, strays, strays_in, strays_of_template

PLANTED = [
    ("uses_a_foreign_database", 'with atomic(using="users"): pass'),
    ("uses_a_foreign_database", 'USERS = "users"\nwith transaction.atomic(using=USERS): pass'),
    ("uses_a_foreign_database", 'Order.objects.using("payments").first()'),
    ("uses_a_foreign_database", 'Order.objects.db_manager("payments")'),
    ("uses_a_foreign_database", 'order.save(using="payments")'),
    ("uses_a_foreign_database", 'connections["payments"].cursor()'),
    ("uses_the_default_database", "with atomic(): pass"),
    ("uses_the_default_database", "with transaction.atomic(savepoint=False): pass"),
    ("uses_the_default_database", "@transaction.atomic\ndef place(): pass"),
    ("uses_the_default_database", "@atomic()\ndef place(): pass"),
    ("uses_the_default_database", "transaction.on_commit(wake)"),
    ("uses_the_default_database", "from django.db import connection"),
    ("names_a_foreign_model", 'customer = models.ForeignKey("users.User", models.CASCADE)'),
    ("names_a_foreign_model", 'apps.get_model("users", "User")'),
    ("names_a_foreign_model", 'apps.get_model("payments.Payment")'),
    ("names_a_foreign_model", 'post_save.connect(react, sender="payments.Payment")'),
    ("names_a_foreign_model", 'dependencies = [("users", "0001_initial")]'),
    ("names_a_foreign_module", 'import_string("apps.users.models.User")'),
    ("names_a_foreign_module", 'import_module("apps.payments")'),
    ("names_a_foreign_module", "def late():\n    from apps.users import models"),
    ("names_a_foreign_module", "from apps import payments"),
    ("names_a_foreign_module", "import apps.users.models as people"),
    ("asks_for_the_user_model", "User = get_user_model()"),
    ("asks_for_the_user_model", "owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)"),
    ("reverses_a_foreign_address", 'reverse("payments:v1:payment-detail", args=[payment_id])'),
    ("reverses_a_foreign_address", 'redirect("users:session")'),
    ("reverses_a_foreign_address", 'reverse(viewname="users:session")'),
    ("shows_a_foreign_template", 'render(request, "users/session.html")'),
    ("writes_sql_for_a_foreign_table", 'cursor.execute("SELECT email FROM users_user")'),
    (
        "writes_sql_for_a_foreign_table",
        'Order.objects.raw("SELECT * FROM orders_order o JOIN payments_payment p USING (id)")',
    ),
    ("writes_sql_for_a_foreign_table", 'migrations.RunSQL(f"update auth_group set name = {name}")'),
]

INNOCENT = [
    'with atomic(using="orders"): pass',
    'ORDERS = "orders"\n@atomic(using=ORDERS)\ndef place(): pass',
    "transaction.on_commit(wake, using=ORDERS)",
    'Order.objects.using("orders").first()',
    'connections["orders"].cursor()',
    'apps.get_model("orders", "Order")',
    'models.ForeignKey("orders.Order", models.CASCADE)',
    'import_string("apps.orders.models.Order")',
    "from apps.orders import models",
    'reverse("orders:v1:order-list")',
    'render(request, "orders/receipt.html")',
    'cursor.execute("SELECT number FROM orders_order")',
    'scope("users:read") | service("payments", scope="payments:write")',
    'Neighbour("orders", "payments", "payments:write")',
    '"""Asks apps.users, through clients.users, who the customer is; a payment is one from payments."""',
]


def test_no_service_reaches_into_another():
    assert strays_in(BASE) == []


@pytest.mark.parametrize(("rule", "source"), PLANTED)
def test_a_planted_stray_is_found(rule, source):
    assert rule in {found for _, found in strays(source, "orders")}


@pytest.mark.parametrize("source", INNOCENT)
def test_what_a_service_does_at_home_is_let_pass(source):
    assert [*strays(source, "orders")] == []


def test_every_rule_has_been_seen_to_find_something():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _ in PLANTED}


def test_users_may_ask_for_its_own_accounts():
    assert [*strays("User = get_user_model()", "users")] == []


def test_a_client_has_no_database():
    assert [rule for _, rule in strays('Order.objects.using("orders")', "")] == ["uses_a_foreign_database"]


@pytest.mark.parametrize(
    "tag", ["{% url 'users:session' %}", '{% extends "users/session.html" %}', "{% include 'users/a.html' %}"]
)
def test_a_template_that_reaches_out_is_found(tag):
    (found,) = strays_of_template(f"<p>\n{tag}", "orders")

    assert found == (2, "names_a_foreign_address_or_template")
    assert [*strays_of_template(tag, "users")] == []


def test_a_stray_is_told_with_its_place(tmp_path):
    (tmp_path / "apps/orders").mkdir(parents=True)
    (tmp_path / "apps/orders/late.py").write_text("\nUser = get_user_model()\n")

    assert strays_in(tmp_path) == ["apps/orders/late.py:2 asks_for_the_user_model"]
