"""Who reads what is sent to an address: the letters with tokens, and what their tokens prove."""

from django.db.transaction import atomic
from django.utils import timezone

from apps.users.events import UserVerified
from apps.users.models import LetterRequest, OneTimeToken, Purpose, User
from apps.users.services import USERS
from chassis import context
from chassis.audits import record
from chassis.mails import post
from chassis.outbox import announce
from chassis.signing import seal, unseal
from chassis.wakes import wake_on_commit

# More than anybody asks for in earnest, and fewer than would fill a mailbox.
MOST_LIVE_TOKENS = 10


def verify_email(*, token: str) -> User:
    """Take it as shown that they read their letters. Raises OneTimeTokenInvalid.

    `POST /v1/users/verify-email` → 204, 400 `one_time_token_invalid`.
    """
    found = OneTimeToken.objects.find(token, Purpose.VERIFY_EMAIL)
    with atomic(using=USERS):
        user = found.use()
        context.identify(user.id)
        mark_verified(user)
    return user


def mark_verified(user: User) -> None:
    """The part of it that others share: within their transaction, with the row of the user locked."""
    user.one_time_tokens.filter(purpose=Purpose.VERIFY_EMAIL).void()
    if not user.email_verified:
        user.change(email_verified_at=timezone.now())
        announce(UserVerified(user_id=user.id))
        record(USERS, "user.verified", user.id, email_verified=(False, True))


def request_letter(*, email: str, purpose: Purpose) -> None:
    """Have a letter written to whoever has an account with this address and can use it.

    It is no more work, and looks no different, where nobody has: a worker finds that out.
    """
    with atomic(using=USERS):
        request_id = context.current().request_id
        LetterRequest.objects.create(purpose=purpose, sealed=seal(USERS, email), request_id=request_id)
        wake_on_commit(USERS)


def answer_requests(worker: str) -> int:
    """Write the letters that were asked for; returns how many requests were taken."""
    taken = LetterRequest.objects.due().lease(worker)
    for request in taken:
        with context.entered(context.for_work(request.request_id, service=USERS)), atomic(using=USERS):
            _answer(request)
            request.delete()
    return len(taken)


def post_token(user: User, purpose: Purpose) -> None:
    """A letter with a new token, within the open transaction."""
    token = OneTimeToken.objects.issue(user, purpose)
    post(USERS, purpose, to=user.email, full_name=user.full_name, token=token)


def forget_old_tokens(_worker: str) -> int:
    """Delete those that have been good for nothing for a day. No work that would be worth another round."""
    old = OneTimeToken.objects.filter(expires_at__lt=timezone.now() - OneTimeToken.KEPT)
    if old.exists():
        old.delete()
    return 0


def _answer(request: LetterRequest) -> None:
    asked = User.objects.with_email(unseal(USERS, bytes(request.sealed))).filter(is_active=True)
    user = asked.select_for_update().first()
    if user is None or (request.purpose == Purpose.VERIFY_EMAIL and user.email_verified):
        return
    if user.one_time_tokens.live().filter(purpose=request.purpose).count() < MOST_LIVE_TOKENS:
        post_token(user, Purpose(request.purpose))
