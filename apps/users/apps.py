"""The service users."""

from chassis.service import ServiceConfig


class UsersConfig(ServiceConfig):
    """It reacts to nobody, and has no work of its own besides its announcements."""

    name = "apps.users"
    label = "users"
