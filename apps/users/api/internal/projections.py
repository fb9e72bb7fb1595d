"""What other services know of a person, row by row."""

from chassis.projections import Projection, Row


def _customers(rows: list[Row]) -> list[Row]:
    """Of whoever was erased there is only a tombstone, of which nothing is told."""
    return [{name: row[name] for name in CUSTOMER_COLUMNS} for row in rows if row["erased_at"] is None]


CUSTOMER_COLUMNS = ("id", "email", "full_name", "is_active")
CUSTOMERS = Projection((*CUSTOMER_COLUMNS, "erased_at", "version"), _customers)
