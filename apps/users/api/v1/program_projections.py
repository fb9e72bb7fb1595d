"""The lists of programs and of API keys, row by row."""

from oauth2_provider.models import AbstractApplication

from chassis.projections import Projection, Row, milliseconds

# As RFC 6749 writes them.
GRANTS = {
    AbstractApplication.GRANT_CLIENT_CREDENTIALS: "client_credentials",
    AbstractApplication.GRANT_AUTHORIZATION_CODE: "authorization_code",
}
_TIMES = ("expires_at", "last_used_at", "revoked_at", "created_at", "updated_at")


def _clients(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["client_id"],
            "name": row["name"],
            "grant": GRANTS[row["authorization_grant_type"]],
            "scopes": row["scopes"],
            "redirect_uris": row["redirect_uris"].split(),
            "is_public": row["client_type"] == AbstractApplication.CLIENT_PUBLIC,
            "is_active": row["is_active"],
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


def _api_keys(rows: list[Row]) -> list[Row]:
    return [
        {name: milliseconds(row[name]) if name in _TIMES else row[name] for name in API_KEY_COLUMNS} for row in rows
    ]


API_KEY_COLUMNS = ("id", "name", "prefix", "scopes", *_TIMES, "version")
API_KEYS = Projection(API_KEY_COLUMNS, _api_keys)
CLIENTS = Projection(
    (
        *("client_id", "name", "authorization_grant_type", "scopes", "redirect_uris", "client_type", "is_active"),
        *("created_at", "updated_at", "version"),
    ),
    _clients,
)
