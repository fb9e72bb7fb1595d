"""Rows that count their changes, so that nobody overwrites what they have not seen."""

from django.db import models


class Versioned(models.Model):
    """`version` goes up with every change that clients can see; their `If-Match` is compared with it."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def save_change(self) -> None:
        """Save a change that clients can see."""
        self.version += 1
        self.save()
