"""Who did what, in the admin."""

from django.contrib.admin import register

from apps.users.admin.sites import site
from apps.users.admin.tables import Table
from apps.users.models import AuditEvent


@register(AuditEvent, site=site)
class Trail(Table):
    """Acts on accounts and keys, found by who did them, to what, or in which request."""

    list_display = ("at", "actor", "on_behalf_of", "action", "subject", "changes")
    search_fields = ("actor__exact", "subject__exact", "action__exact", "request_id__exact")
    ordering = ("-at",)
