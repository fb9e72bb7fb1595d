"""Forgetting somebody in every service: the door is closed first, the account blanked last.

Orders is asked first, because it may say that something is not over yet; then the door is opened again, and nothing was
erased. What follows cannot be refused, only be late.
"""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.transaction import atomic
from django.utils import timezone

from apps.users.events import UserActivated, UserDeactivated, UserErased
from apps.users.models import Operation, SubjectPart, SubjectRequest, User
from apps.users.pii import PERSONAL
from apps.users.problems import OpenOrders, StaffAccount, WrongPassword
from apps.users.services import USERS
from apps.users.services.credentials import believe
from apps.users.services.people import require_another_admin
from apps.users.services.sign_ins import sign_out
from chassis.audits import record
from chassis.calls import CallFailed
from chassis.operations import fail, locked, take
from chassis.outbox import announce
from chassis.personal import Person, erase, models_in
from chassis.problems import Problem
from chassis.service import Step
from clients.subjects import Outcome, Subjects

ORDERS = "orders"
SERVICES = (ORDERS, "payments", USERS)


def ask_erasure(*, user: User, password: str) -> tuple[Operation, str]:
    """Begin to erase somebody who knows their password; returns what to follow, and the token that opens it.

    Nobody who is erased can sign in and look. Asked twice, it is one erasure, and the newer token opens it.
    `POST /v1/users/me/erasure` → 202, 403 `wrong_password`, 409 `last_admin`, `staff_account`, `open_orders`.
    """
    believed = believe(email=user.email, password=password)
    if believed is None:
        raise WrongPassword
    with atomic(using=USERS):
        _refuse_staff(user)
    _refuse_open_orders(user)
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.password != believed.password:  # somebody was quicker
            raise WrongPassword
        operation = _request(user).operation
        return operation, operation.new_token()


def erase_next(request: SubjectRequest) -> None:
    """Close the door, or have the service whose turn it is forget them."""
    part = request.next_part()
    if request.operation.status == Operation.Status.PENDING:
        _close_the_door(request)
    elif part and part.service == USERS:
        _forget(request, part)
    elif part:
        key = f"erase:{request.id}:{part.service}"
        _hear(request, part, Subjects(USERS, part.service).erase(request.user_id, key=key))


def _request(user: User) -> SubjectRequest:
    """The one that is under way, or a new one, which waits as long as people may change their mind."""
    under_way = SubjectRequest.objects.of(user.id, SubjectRequest.Kind.ERASURE).waiting()
    for request in under_way.filter(operation__ended_at=None):
        return request  # type: ignore[no-any-return]  # leased rows are untyped
    due_at = timezone.now() + timedelta(days=settings.ERASURE_DELAY_DAYS)
    record(USERS, "user.erasure_requested", user.id)
    return SubjectRequest.ask(user, SubjectRequest.Kind.ERASURE, *SERVICES, due_at=due_at)


def _close_the_door(request: SubjectRequest) -> None:
    """Nobody signs in with the account from now on, and no service believes its tokens. It can still be undone."""
    with atomic(using=USERS):
        operation = locked(USERS, request.operation_id)
        if operation is None:  # they have changed their mind
            request.finish()
            return
        user = User.objects.select_for_update().get(pk=request.user_id)
        try:
            _refuse_staff(user)
        except Problem as problem:
            _give_up(request, operation, problem)
            return
        take(operation, Step("", 0, len(SERVICES), {"was_active": user.is_active}))
        user.change(is_active=False, erasing_since=timezone.now())
        user.one_time_tokens.all().void()
        sign_out(user, UserDeactivated)
        record(USERS, "user.erasure_begun", user.id)
        request.go_on()


def _hear(request: SubjectRequest, part: SubjectPart, outcome: Outcome) -> None:
    """Keep what a service has answered."""
    with atomic(using=USERS):
        operation = locked(USERS, request.operation_id)
        if operation is None:
            request.finish()
        elif outcome.status == "blocked":
            _open_the_door(operation, request.user_id)
            _give_up(request, operation, OpenOrders(f"{part.service}: {outcome.reason}"))
        elif outcome.status == "closing":
            request.go_on(after_seconds=outcome.seconds)
        else:
            part.status, part.retained_until = outcome.status, outcome.retained_until
            part.save()
            done = request.parts.filter(status__in=SubjectPart.ENDS).count()
            take(operation, Step("", done, len(SERVICES), operation.position))
            request.go_on()


def _forget(request: SubjectRequest, part: SubjectPart) -> None:
    """The last that is done: what is left is a tombstone, so that what names them still finds something."""
    with atomic(using=USERS):
        operation = locked(USERS, request.operation_id)
        user = User.objects.select_for_update().get(pk=request.user_id)
        if operation is None or user.erased_at:
            request.finish()
            return
        themselves = User.objects.filter(pk=user.pk)
        erase(models_in(USERS), PERSONAL, Person(user.id, frozenset({user.email}), (themselves.values("pk"),)))
        themselves.update(erased_at=timezone.now())
        part.status = SubjectPart.Status.COMPLETED
        part.save()
        take(operation, Step(json.dumps(_told(request)), len(SERVICES), len(SERVICES), None))
        announce(UserErased(user_id=user.id))
        record(USERS, "user.erased", user.id)
        request.finish()


def _told(request: SubjectRequest) -> dict[str, Any]:
    """What came of it, by service."""
    return {
        part.service: {
            "status": part.status,
            "retained_until": part.retained_until.isoformat() if part.retained_until else None,
        }
        for part in request.parts.order_by("number")
    }


def _give_up(request: SubjectRequest, operation: Any, problem: Problem) -> None:
    fail(operation, problem)
    record(USERS, "user.erasure_refused", request.user_id, because=(None, problem.code()))
    request.finish()


def _open_the_door(operation: Any, user_id: str) -> None:
    user = User.objects.select_for_update().get(pk=user_id)
    user.change(is_active=operation.position["was_active"], erasing_since=None)
    if user.is_active:
        announce(UserActivated(user_id=user.id))


def _refuse_staff(user: User) -> None:
    """Raise LastAdmin or StaffAccount: whoever keeps the shop gives that up before."""
    if user.is_staff:
        require_another_admin(user)
        raise StaffAccount("Have your roles taken from you first")


def _refuse_open_orders(user: User) -> None:
    """Raise OpenOrders if orders says so now. While it does not answer, that is found out later."""
    with suppress(CallFailed):
        outlook = Subjects(USERS, ORDERS).outlook(user.id)
        if outlook.status == "blocked":
            raise OpenOrders(outlook.reason)
