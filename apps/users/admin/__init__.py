"""Django's admin for accounts and what opens them: it shows rows, and lets services change them."""

from apps.users.admin import accounts, programs, trails  # noqa: F401  importing registers their tables
from apps.users.admin.doors import door
from apps.users.admin.sites import site

__all__ = ["door", "site"]
