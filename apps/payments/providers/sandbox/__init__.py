"""A provider for trying things out: it keeps books of its own, and whoever pays chooses what happens."""

from apps.payments.providers.sandbox.changes import bring_nearer, settle
from apps.payments.providers.sandbox.methods import METHODS
from apps.payments.providers.sandbox.provider import Sandbox
from apps.payments.providers.sandbox.webhooks import release, signed

__all__ = ["METHODS", "Sandbox", "bring_nearer", "release", "settle", "signed"]
