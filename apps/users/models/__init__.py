"""What users knows: people, their roles, where they are signed in."""

from apps.users.models.people import Role, User, default_roles, normal_email
from apps.users.models.records import Delivery, IdempotencyRecord, InboxEvent, KnownKeys, OutboxEvent
from apps.users.models.sign_ins import REFRESH_TOKEN_LIFE, Client, RefreshToken, SignIn

__all__ = [
    "REFRESH_TOKEN_LIFE",
    "Client",
    "Delivery",
    "IdempotencyRecord",
    "InboxEvent",
    "KnownKeys",
    "OutboxEvent",
    "RefreshToken",
    "Role",
    "SignIn",
    "User",
    "default_roles",
    "normal_email",
]
