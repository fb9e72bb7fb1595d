"""`manage.py demo_accounts`: the two accounts of a first look."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chassis.topology import topology
from config.accounts import DEMO_ACCOUNTS

if not topology().hosts("users"):
    sys.exit("demo_accounts: accounts are kept by users, which this process does not host (SERVICES)")


class Command(BaseCommand):
    help = "Make the demo accounts unless they are there, and show them; in development only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("everybody knows the passwords of the demo accounts: they need DEBUG=true")
        from apps.users.services.accounts import ensure_account

        for email, password, role in DEMO_ACCOUNTS:
            ensure_account(email=email, password=password, role=role)
            self.stdout.write(f"{role}: {email} / {password}")
