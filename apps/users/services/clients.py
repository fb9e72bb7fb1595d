"""Registering programs of integrators, and closing them."""

from collections.abc import Sequence

from django.db.transaction import atomic

from apps.users.events import ClientDeactivated
from apps.users.models import RegisteredClient
from apps.users.models.scopes import STAFF
from apps.users.problems import ContradictingClient
from apps.users.services import USERS
from apps.users.services.authorizations import end_all_through
from chassis.audits import record
from chassis.outbox import announce
from chassis.problems import Forbidden
from chassis.revocations import next_second, revoke
from chassis.signing import digest, new_secret


def register_client(
    *,
    name: str,
    grant: str,
    scopes: Sequence[str],
    redirect_uris: Sequence[str],
    is_public: bool,
    held: frozenset[str],
) -> tuple[RegisteredClient, str]:
    """A program, and its secret, which nobody can read again; the secret of one that can keep none is empty.

    Whoever registers it holds the scopes `held`. `POST /v1/clients` → 201, 403 for a scope that they do not have, 422
    `contradicting_client`.
    """
    asks_for_itself = grant == RegisteredClient.GRANT_CLIENT_CREDENTIALS
    _refuse_contradictions(
        _of_one_for_itself(scopes, redirect_uris, is_public=is_public) if asks_for_itself else _of_one(redirect_uris)
    )
    if not held.issuperset(STAFF.keys() & {*scopes}):
        raise Forbidden("A program can be given no more than what you may do yourself")
    secret = "" if is_public else new_secret()
    client = RegisteredClient(
        name=name,
        authorization_grant_type=grant,
        client_type=RegisteredClient.CLIENT_PUBLIC if is_public else RegisteredClient.CLIENT_CONFIDENTIAL,
        client_secret=digest(secret) if secret else "",
        redirect_uris=" ".join(redirect_uris),
        scopes=sorted(set(scopes)),
    )
    with atomic(using=USERS):
        client.save(force_insert=True)
        record(USERS, "client.registered", client.client_id, name=(None, name), scopes=(None, client.scopes))
    return client, secret


def deactivate_client(*, client: RegisteredClient) -> None:
    """Close a program: no service believes its tokens any longer, for whomever it asks. One that is closed stays so.

    `POST /v1/clients/{id}/deactivate` → 204.
    """
    with atomic(using=USERS):
        locked = RegisteredClient.objects.select_for_update().get(pk=client.pk)
        if not locked.is_active:
            return
        locked.is_active = False
        locked.save_change()
        end_all_through(locked)
        not_before = next_second()
        revoke(USERS, locked.client_id, not_before)
        announce(ClientDeactivated(client_id=locked.client_id, not_before=not_before))
        record(USERS, "client.deactivated", locked.client_id)


def _refuse_contradictions(found: dict[str, str]) -> None:
    if found:
        errors = [{"pointer": f"/{name}", "code": "contradicting", "message": why} for name, why in found.items()]
        raise ContradictingClient(errors=errors)


def _of_one_for_itself(scopes: Sequence[str], redirect_uris: Sequence[str], *, is_public: bool) -> dict[str, str]:
    return {
        **({} if STAFF.keys() >= {*scopes} else {"scopes": "Nothing is a program's own, and it is nobody to be known"}),
        **({"redirect_uris": "Nobody is led back to it"} if redirect_uris else {}),
        **({"is_public": "Its secret is all that shows who it is"} if is_public else {}),
    }


def _of_one(redirect_uris: Sequence[str]) -> dict[str, str]:
    return {} if redirect_uris else {"redirect_uris": "Say where people are led back to"}
