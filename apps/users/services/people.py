"""What staff do with the accounts of others."""

from django.db.transaction import atomic

from apps.users.events import UserActivated, UserDeactivated, UserInvited, UserRolesChanged, UserSignedOut
from apps.users.models import Purpose, Role, User, normal_email, scopes_of
from apps.users.problems import LastAdmin
from apps.users.services import USERS
from apps.users.services.accounts import insert
from apps.users.services.mailboxes import post_token
from apps.users.services.sign_ins import sign_out
from chassis.audits import record
from chassis.callers import Caller
from chassis.outbox import announce
from chassis.problems import Forbidden


def invite(*, email: str, roles: list[str], by: Caller, full_name: str = "") -> User:
    """Make an account whose owner chooses its password, with a token that is sent to them. Raises EmailTaken.

    Raises Forbidden where a role opens what `by` may not do. Until they give a name, they are called by their address.
    """
    user = User(email=normal_email(email), full_name=full_name or normal_email(email), roles=_in_order(roles))
    _refuse_more_than_own(by, gained=scopes_of(user.roles))
    user.set_unusable_password()
    with insert(user):
        announce(UserInvited(user_id=user.id))
        record(USERS, "user.invited", user.id, email=(None, user.email), roles=([], user.roles))
        post_token(user, Purpose.INVITATION)
    return user


def change_roles(*, user: User, roles: list[str], by: Caller) -> User:
    """Give somebody these roles and no others. Who may do less than before is signed out, so that no token says more.

    Raises VersionMismatch; Forbidden where a new role opens what `by` may not do; LastAdmin where nobody else could
    give roles after that.
    """
    before, wanted = user.roles, _in_order(roles)
    _refuse_more_than_own(by, gained=scopes_of(wanted) - scopes_of(before))
    with atomic(using=USERS):
        if Role.ADMIN not in wanted:
            require_another_admin(user)
        if user.change(roles=wanted):
            announce(UserRolesChanged(user_id=user.id))
            record(USERS, "user.roles_changed", user.id, roles=(before, wanted))
            if scopes_of(before) - scopes_of(wanted):
                sign_out(user, UserSignedOut)
    return user


def activate(*, user: User) -> User:
    """Let them sign in again. Raises InvalidState if they may."""
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=user.pk)
        user.set_active(is_active=True)
        announce(UserActivated(user_id=user.id))
        record(USERS, "user.activated", user.id, is_active=(False, True))
    return user


def deactivate(*, user: User, by: Caller) -> User:
    """Close an account: no sign-in of theirs is good any more. Raises InvalidState if it is closed.

    Raises Forbidden for one's own, and LastAdmin where nobody else could give roles after that.
    """
    if user.id in {by.id, by.on_behalf_of}:
        raise Forbidden("Nobody closes their own account like this")
    with atomic(using=USERS):
        require_another_admin(user)
        user = User.objects.select_for_update().get(pk=user.pk)
        user.set_active(is_active=False)
        user.one_time_tokens.all().void()
        sign_out(user, UserDeactivated)
        record(USERS, "user.deactivated", user.id, is_active=(True, False))
    return user


def require_another_admin(user: User) -> None:
    """Raise LastAdmin if this is the only one. All of them are locked, so that two who end each other take turns."""
    admins = User.objects.governing().select_for_update().order_by("pk")
    if [admin.pk for admin in admins] == [user.pk]:
        raise LastAdmin


def _in_order(roles: list[str]) -> list[str]:
    """Each once, as they stand in Role."""
    return [role.value for role in Role if role in roles]


def _refuse_more_than_own(by: Caller, *, gained: frozenset[str]) -> None:
    if more := sorted(gained - by.scopes):
        raise Forbidden(f"Only who has it can give it: {', '.join(more)}")
