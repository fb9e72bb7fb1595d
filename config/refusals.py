"""What a process does not start with."""

from django.core.exceptions import ImproperlyConfigured


class WrongSetting(ImproperlyConfigured):
    """A variable that is missing or wrong; the message names it and is all that a person needs."""
