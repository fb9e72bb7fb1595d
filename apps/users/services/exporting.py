"""All that the shop keeps of somebody, as one JSON document: asked of each service, piece by piece."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.transaction import atomic
from django.utils import timezone
from oauth2_provider.models import RefreshToken

from apps.users.models import Operation, SubjectPart, SubjectRequest, User
from apps.users.models.subject_requests import DAY
from apps.users.services import USERS
from chassis.audits import record
from chassis.operations import locked, take
from chassis.problems import RateLimited
from chassis.service import Step
from chassis.subjects import Part
from clients.subjects import Subjects

SERVICES = (USERS, "orders", "payments")
POLICY = "exports"
PROFILE = ("id", "email", "full_name", "roles", "email_verified_at", "is_active", "created_at", "updated_at")
ADDRESS = (
    *("id", "recipient", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"),
    *("is_default_shipping", "is_default_billing", "created_at", "updated_at"),
)
SIGN_IN = ("id", "client", "created_at", "ended_at")
API_KEY = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


def ask_export(*, user: User) -> Operation:
    """Begin to gather it. Raises RateLimited (429) where that was asked for as often as a day allows.

    `POST /v1/users/me/exports` → 202, 429 `rate_limited`.
    """
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=user.pk)
        _refuse_too_many(user)
        request = SubjectRequest.ask(user, SubjectRequest.Kind.EXPORT, *SERVICES)
        record(USERS, "user.export_requested", user.id)
    return request.operation


def export_next(request: SubjectRequest) -> None:
    """Ask the service whose turn it is for what comes next, and keep it."""
    part = request.next_part()
    if part is None:
        return
    if part.service == USERS:
        given = Part([_own(request.user)], None)
    else:
        given = Subjects(USERS, part.service).part(request.user_id, after=part.position)
    with atomic(using=USERS):
        operation = locked(USERS, request.operation_id)
        if operation is None:
            request.finish()
        elif _is_still(part):
            _keep(request, operation, part, given)


def _keep(request: SubjectRequest, operation: Any, part: SubjectPart, given: Part) -> None:
    content = "".join(_text(part, given, is_first=not operation.steps_done and part.service == USERS))
    part.position = given.next or ""
    part.status = SubjectPart.Status.WAITING if given.next else SubjectPart.Status.COMPLETED
    part.save()
    done = request.parts.filter(status=SubjectPart.Status.COMPLETED).count()
    is_last = done == len(SERVICES)
    take(operation, Step(content + ("}" if is_last else ""), done, len(SERVICES), None if is_last else {}))
    if is_last:
        request.finish()
    else:
        request.go_on()


def _text(part: SubjectPart, given: Part, *, is_first: bool) -> Iterator[str]:
    """The next piece of the document. What is users' own is an object, what others keep are lists of any length."""
    if is_first:
        yield f'{{"exported_at": {_json(timezone.now())}, "users": {_json(given.data[0])}'
        return
    is_begun = bool(part.position)
    yield "" if is_begun else f', "{part.service}": ['
    yield (", " if is_begun and given.data else "") + ", ".join(map(_json, given.data))
    yield "" if given.next else "]"


def _is_still(part: SubjectPart) -> bool:
    """Whether nobody else has kept this piece meanwhile."""
    return SubjectPart.objects.filter(pk=part.pk, position=part.position, status=part.status).exists()


def _own(user: User) -> dict[str, Any]:
    """What users keeps: no secret, and of those not even the digest."""
    allowed = RefreshToken.objects.filter(user=user, revoked=None)
    return {
        "profile": User.objects.filter(pk=user.pk).values(*PROFILE).get(),
        "addresses": list(user.addresses.values(*ADDRESS)),
        "sign_ins": list(user.sign_ins.values(*SIGN_IN)),
        "api_keys": list(user.api_keys.values(*API_KEY)),
        "consents": list(
            allowed.values("application__client_id", "application__name", "access_token__scope", "created")
        ),
    }


def _refuse_too_many(user: User) -> None:
    asked = list(SubjectRequest.objects.of(user.id, SubjectRequest.Kind.EXPORT).counted().order_by("created_at"))
    if settings.EXPORTS_A_DAY and len(asked) >= settings.EXPORTS_A_DAY:
        seconds = int((asked[-settings.EXPORTS_A_DAY].created_at + DAY - timezone.now()).total_seconds()) + 1
        headers = {"Retry-After": str(seconds)}
        raise RateLimited(f"Ask again in {seconds} s", headers=headers, violated_policies=[POLICY])


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
