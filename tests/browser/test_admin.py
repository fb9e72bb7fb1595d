"""The admin in a browser: its scripts run under its policy, and what it does reaches the page."""

import re

from playwright.sync_api import expect

from tests.browser import steps
from tests.topologies.templates import ADMIN


def test_an_admin_invites_somebody_and_closes_the_account(staff):
    staff.goto("/admin/")
    staff.get_by_role("link", name="Users", exact=True).last.click()
    staff.get_by_role("link", name="Add user").click()
    staff.get_by_label("Email").fill("newcomer@example.com")
    staff.get_by_label("Support").check()
    steps.press(staff, "Save")
    expect(staff.get_by_role("link", name="newcomer@example.com")).to_be_visible()

    staff.get_by_role("row", name=re.compile("newcomer")).get_by_role("checkbox").check()
    staff.get_by_label("Action:").select_option("deactivate")
    steps.press(staff, "Go")

    expect(staff.get_by_text("Deactivated: newcomer@example.com")).to_be_visible()
    staff.get_by_role("link", name="newcomer@example.com").click()
    steps.press(staff, "Save")
    expect(staff.get_by_text("was changed successfully")).to_be_visible()


def test_a_program_is_registered_in_the_admin(staff):
    staff.goto("/admin/users/registeredclient/add/")
    staff.get_by_role("textbox", name="Name:").fill("Stock sync")
    staff.get_by_label("See the stock").check()
    steps.press(staff, "Save")

    expect(staff.get_by_role("heading", name="Stock sync is registered")).to_be_visible()


def test_who_leaves_the_admin_is_signed_out(page):
    page.goto("/")
    steps.sign_in(page, *ADMIN)
    page.goto("/admin/roles/")
    steps.press(page, "Sign out")

    page.goto("/admin/")
    expect(page.get_by_label("Password")).to_be_visible()
