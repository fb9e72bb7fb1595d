"""`createsuperuser` where accounts are: in the database of users."""

import sys

from django.core.management.base import CommandParser

from chassis.topology import topology

if not topology().hosts("users"):
    sys.exit("createsuperuser: accounts are kept by users, which this process does not host (SERVICES)")

from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    """Django's command, in users' database."""

    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="users")
