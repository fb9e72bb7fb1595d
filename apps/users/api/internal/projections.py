"""What other services know of a person, row by row."""

from chassis.projections import Projection, Row


def _customers(rows: list[Row]) -> list[Row]:
    return [{name: row[name] for name in CUSTOMER_COLUMNS} for row in rows]


CUSTOMER_COLUMNS = ("id", "email", "full_name", "is_active")
CUSTOMERS = Projection((*CUSTOMER_COLUMNS, "version"), _customers)
