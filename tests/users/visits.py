"""An admin's browser, and what came of its visit."""

from django.contrib.admin.utils import quote
from django.test import Client

from apps.users.models import AuditEvent, OutboxEvent
from chassis.callers import Caller

TABLES = ("users/user/", "users/registeredclient/", "users/apikey/", "users/auditevent/")
PAGES = ("", "roles/", "users/", *TABLES, "users/user/add/", "users/registeredclient/add/")
ROOT = Caller(id="usr_root", kind="user")


class Visit:
    """A browser that may be signed in, and proves its forms."""

    def __init__(self, token=""):
        self.browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if token:
            self.browser.cookies["access_token"] = token

    def get(self, page="", **query):
        return self.browser.get(f"/admin/{page}", query)

    def post(self, page, *, follow=True, **fields):
        if "csrftoken" not in self.browser.cookies:
            self.get()
        fields["csrfmiddlewaretoken"] = self.browser.cookies["csrftoken"].value
        return self.browser.post(f"/admin/{page}", fields, follow=follow)

    def act(self, table, action, *rows):
        return self.post(f"users/{table}/", action=action, index="0", _selected_action=[str(row.pk) for row in rows])

    def change(self, user, **fields):
        shown = {"full_name": user.full_name, "roles": user.roles, "seen": user.version}
        return self.post(of(user), **{**shown, **fields})


def of(row):
    return f"users/{row._meta.model_name}/{quote(row.pk)}/change/"


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def told(kind):
    return OutboxEvent.objects.filter(type__contains=kind)


def acts(subject):
    return list(AuditEvent.objects.filter(subject=subject).order_by("at").values_list("action", "actor"))
