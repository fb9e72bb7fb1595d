"""How django-oauth-toolkit is set up where users is hosted: what RFC 9700 asks for, and nothing that is not used."""

from typing import Any


def oauth2_provider(public_url: str) -> dict[str, Any]:
    """Its setting `OAUTH2_PROVIDER`."""
    strict = [
        *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "PKCE_REQUIRED", "ACCESS_TOKEN_TRANSPORT"),
        *("AUTHZ_RESPONSE_ISS", "TOKEN_STORAGE", "REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING"),
    ]
    return {
        **{f"COMPLIANT_BCP_RFC9700_{name}": True for name in strict},
        "OAUTH2_VALIDATOR_CLASS": "apps.users.services.oauth.validators.Validator",
        "OIDC_ISS_ENDPOINT": public_url,
        "PKCE_REQUIRED": True,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
        "ALLOW_URI_WILDCARDS": False,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
        "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
        # Both open transactions without a database.
        "DCR_ENABLED": False,
        "CIMD_ENABLED": False,
    }
