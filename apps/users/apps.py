"""The service users."""

from chassis.callers import KnownKey
from chassis.service import NOW_AND_THEN_SECONDS, Job, ServiceConfig


class UsersConfig(ServiceConfig):
    """It reacts to nobody."""

    name = "apps.users"
    label = "users"

    def own_jobs(self) -> list[Job]:
        from apps.users.services import authorizations, credentials, mailboxes, subject_requests

        return [
            Job("letter requests", mailboxes.answer_requests),
            Job("subject requests", subject_requests.work),
            Job("old tokens", mailboxes.forget_old_tokens, NOW_AND_THEN_SECONDS),
            Job("old failures", credentials.forget_old_failures, NOW_AND_THEN_SECONDS),
            Job("old authorizations", lambda _: authorizations.forget_expired(), NOW_AND_THEN_SECONDS),
        ]

    def known_key(self, digest: str) -> KnownKey | None:
        from apps.users.services import api_keys

        return api_keys.known_key(digest)
