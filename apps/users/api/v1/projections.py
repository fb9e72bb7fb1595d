"""The lists of people and of their addresses, row by row."""

from chassis.projections import Projection, Row, milliseconds


def _users(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "email": row["email"],
            "full_name": row["full_name"],
            "email_verified": row["email_verified_at"] is not None,
            "roles": row["roles"],
            "is_active": row["is_active"],
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


def _addresses(rows: list[Row]) -> list[Row]:
    return [
        {
            **{name: row[name] for name in ADDRESS_COLUMNS},
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
        }
        for row in rows
    ]


ADDRESS_COLUMNS = (
    *("id", "recipient", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"),
    *("is_default_shipping", "is_default_billing", "created_at", "updated_at", "version"),
)
ADDRESSES = Projection(ADDRESS_COLUMNS, _addresses)
USERS = Projection(
    ("id", "email", "full_name", "email_verified_at", "roles", "is_active", "created_at", "updated_at", "version"),
    _users,
)
