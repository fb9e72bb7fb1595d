"""What users knows: people, their roles and addresses, where they are signed in, what proves that they are they."""

from apps.users.models.addresses import DEFAULTS, Address
from apps.users.models.api_keys import ApiKey
from apps.users.models.clients import RegisteredClient
from apps.users.models.letter_requests import LetterRequest
from apps.users.models.one_time_tokens import OneTimeToken, Purpose
from apps.users.models.people import Role, User, default_roles, normal_email, scopes_of
from apps.users.models.records import (
    AuditEvent,
    Delivery,
    IdempotencyRecord,
    InboxEvent,
    KnownKeys,
    Mail,
    Operation,
    OperationPart,
    OutboxEvent,
    Revocation,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from apps.users.models.sign_ins import REFRESH_TOKEN_LIFE, Client, RefreshToken, SignIn
from apps.users.models.subject_requests import SubjectPart, SubjectRequest
from apps.users.models.wrong_passwords import WrongPasswords

__all__ = [
    "DEFAULTS",
    "REFRESH_TOKEN_LIFE",
    "Address",
    "ApiKey",
    "AuditEvent",
    "Client",
    "Delivery",
    "IdempotencyRecord",
    "InboxEvent",
    "KnownKeys",
    "LetterRequest",
    "Mail",
    "OneTimeToken",
    "Operation",
    "OperationPart",
    "OutboxEvent",
    "Purpose",
    "RefreshToken",
    "RegisteredClient",
    "Revocation",
    "Role",
    "SignIn",
    "SubjectPart",
    "SubjectRequest",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WrongPasswords",
    "default_roles",
    "normal_email",
    "scopes_of",
]
