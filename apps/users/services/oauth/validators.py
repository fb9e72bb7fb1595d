"""What the toolkit keeps and checks, where this shop is stricter or does it in its own way."""

import secrets
from typing import Any

from django.utils import timezone
from oauth2_provider.models import Grant, RefreshToken, refresh_token_expire_timedelta
from oauth2_provider.oauth2_validators import OAuth2Validator

from apps.users.models import RegisteredClient
from apps.users.models.scopes import grantable
from apps.users.services import USERS
from apps.users.services.authorizations import authorization_id, end_authorization, end_token, family_of
from apps.users.services.oauth.issuing import family, identity_token
from chassis.audits import record
from chassis.callers import Caller
from chassis.problems import Problem
from chassis.signing import digest
from chassis.tokens import verify


class Validator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Codes arrive here as digests. A code or a refresh token that is shown twice ends what came of it."""

    def _load_application(self, client_id: Any, request: Any) -> RegisteredClient | None:
        """PostgreSQL cannot even be asked for a text with a NUL in it."""
        return None if "\x00" in str(client_id) else super()._load_application(client_id, request)

    def _extract_basic_auth(self, request: Any) -> str | None:
        scheme, _, credentials = str(request.headers.get("Authorization", "")).partition(" ")
        return credentials if scheme.lower() == "basic" and credentials.isascii() else None

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """A program without a secret knows none."""
        return bool(stored_secret) and secrets.compare_digest(digest(provided_secret), stored_secret)

    def validate_response_type(self, client_id: Any, response_type: str, client: Any, *_: Any, **__: Any) -> bool:
        return response_type == "code" and client.allows_grant_type(RegisteredClient.GRANT_AUTHORIZATION_CODE)

    def validate_silent_login(self, request: Any) -> bool:
        """Who is signed in is for the page to know."""
        return True

    validate_silent_authorization = validate_silent_login

    # What a program may, and of that what the person may that it asks for

    def validate_scopes(self, client_id: Any, scopes: Any, client: Any, *_: Any, **__: Any) -> bool:
        return set(client.scopes).issuperset(scopes)

    def get_default_scopes(self, client_id: Any, request: Any, *_: Any, **__: Any) -> list[str]:
        return list(request.client.scopes)

    def get_original_scopes(self, refresh_token: str, request: Any, *_: Any, **__: Any) -> list[str]:
        """Those of what was allowed that the person can still allow."""
        return grantable(request.user, request.refresh_token_instance.access_token.scope.split())

    def _check_and_set_request_resource(self, request: Any) -> None:
        """Every token is for all services, whichever of them is named (RFC 8707)."""
        request.resource = []

    # Codes

    def _create_authorization_code(self, request: Any, code: dict[str, str], expires: Any = None) -> Any:
        named = {"client_id": (None, request.client.client_id), "scope": (None, " ".join(request.scopes))}
        begun = digest(code["code"])
        record(USERS, "authorization.granted", authorization_id(family_of(begun)), **named)
        request.claims = {}  # what is asked for in detail is asked for by scopes here
        return super()._create_authorization_code(request, {"code": begun}, expires)

    def validate_code(self, client_id: Any, code: str, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        if not Grant.objects.select_for_update().filter(code=code, application=client).exists():
            end_authorization(family_of(code))
            return False
        if not super().validate_code(client_id, code, client, request) or not request.user.is_active:
            return False
        request.scopes = grantable(request.user, request.scopes)
        return True

    # Refresh tokens

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """Of two that show the same token at once, the second waits here, and then sees that it was used."""
        known = RefreshToken.objects.select_for_update().filter(token_checksum=digest(refresh_token)).first()
        if known and known.revoked:
            end_authorization(known.token_family)
        is_good = known and super().validate_refresh_token(refresh_token, client, request)
        return bool(is_good and request.user.is_active)

    def _create_refresh_token(self, request: Any, code: str, access_token: Any, previous: Any) -> Any:
        begun = RefreshToken(token_family=family(request)) if previous is None else previous
        return super()._create_refresh_token(request, code, access_token, begun)

    # ID tokens, of which nothing need be kept

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Any) -> str:
        return identity_token(id_token, request)

    def _load_id_token(self, token: str) -> None:
        return None

    # What programs ask about their own tokens, and take back

    def revoke_token(self, token: str, token_type_hint: Any, request: Any, *_: Any, **__: Any) -> None:
        caller, kept = _issued(token, request.client), _kept(token, request.client)
        if caller:
            end_token(caller)
        elif kept:
            end_authorization(kept.token_family)

    def introspect_token(self, token: str, token_type_hint: Any, request: Any, *_: Any, **__: Any) -> Any:
        """The members of RFC 7662, section 2.2; None for what is no good, and for what another program was given."""
        caller, kept = _issued(token, request.client), _kept(token, request.client)
        if caller:
            return _told(caller)
        return {"client_id": request.client.client_id, "sub": kept.user_id} if kept and _is_live(kept) else None


def _issued(token: str, client: RegisteredClient) -> Caller | None:
    """The caller that an access token speaks for, if it is good, and was issued to this program."""
    try:
        caller = verify(token, service=USERS)
    except Problem:
        return None
    return caller if caller.client_id == client.client_id else None


def _kept(token: str, client: RegisteredClient) -> RefreshToken | None:
    kept = RefreshToken.objects.select_related("access_token")
    return kept.filter(token_checksum=digest(token), application=client).first()


def _is_live(kept: RefreshToken) -> bool:
    """Whether it would be exchanged: it was not used, and did not lie idle for too long."""
    if kept.revoked or kept.access_token is None:
        return False
    return bool(kept.access_token.expires + refresh_token_expire_timedelta() > timezone.now())


def _told(caller: Caller) -> dict[str, Any]:
    return {
        "scope": " ".join(sorted(caller.scopes)),
        "client_id": caller.client_id,
        "token_type": "Bearer",
        "sub": caller.id,
        "iat": caller.issued_at,
        "exp": caller.expires_at,
        "jti": caller.token_id,
    }
