"""The lists of payments and refunds, row by row."""

from chassis.projections import Projection, Row, milliseconds

PAYMENT_COLUMNS = (
    *("id", "order_id", "attempt", "customer_id", "provider", "provider_reference", "status", "amount", "currency"),
    *("capture_method", "amount_authorized", "next_action"),
    *("amount_captured", "amount_refunded", "amount_refund_pending", "last_error", "method", "outcome_unknown"),
    *("created_at", "updated_at", "succeeded_at", "cancelled_at", "version"),
)
REFUND_COLUMNS = (
    *("id", "payment_id", "payment__order_id", "payment__currency", "refund_request_id", "provider_reference"),
    *("source", "status", "amount", "reason", "failure_reason", "created_at", "updated_at", "succeeded_at", "version"),
)
PROVIDER_EVENT_COLUMNS = (
    *("id", "provider", "event_id", "type", "reference", "status"),
    *("failures", "last_failure", "created_at", "done_at"),
)


def _payments(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "attempt": row["attempt"],
            "customer_id": row["customer_id"],
            "provider": row["provider"],
            "status": row["status"],
            "amount": row["amount"],
            "currency": row["currency"],
            "capture_method": row["capture_method"],
            "amount_authorized": row["amount_authorized"],
            "amount_captured": row["amount_captured"],
            "amount_refunded": row["amount_refunded"],
            "amount_refundable": max(0, row["amount_captured"] - row["amount_refunded"] - row["amount_refund_pending"]),
            "last_error": _members(row["last_error"], ("code", "decline_code", "message")),
            "next_action": row["next_action"],
            "method": _members(row["method"], ("type", "brand", "last4")),
            "outcome_unknown": row["outcome_unknown"],
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "succeeded_at": milliseconds(row["succeeded_at"]),
            "cancelled_at": milliseconds(row["cancelled_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


def _refunds(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "payment_id": row["payment_id"],
            "order_id": row["payment__order_id"],
            "refund_request_id": row["refund_request_id"],
            "source": row["source"],
            "status": row["status"],
            "amount": row["amount"],
            "currency": row["payment__currency"],
            "reason": row["reason"],
            "failure_reason": row["failure_reason"],
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "succeeded_at": milliseconds(row["succeeded_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


def _provider_events(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "provider": row["provider"],
            "event_id": row["event_id"],
            "type": row["type"],
            "reference": row["reference"],
            "status": row["status"],
            "failures": row["failures"],
            "last_failure": row["last_failure"],
            "created_at": milliseconds(row["created_at"]),
            "done_at": milliseconds(row["done_at"]),
        }
        for row in rows
    ]


def _staff_payments(rows: list[Row]) -> list[Row]:
    return _with_references(rows, _payments(rows))


def _staff_refunds(rows: list[Row]) -> list[Row]:
    return _with_references(rows, _refunds(rows))


def _with_references(rows: list[Row], shown: list[Row]) -> list[Row]:
    return [{**one, "provider_reference": row["provider_reference"]} for row, one in zip(rows, shown, strict=True)]


def _members(known: Row | None, names: tuple[str, ...]) -> Row | None:
    """These members in this order, whatever order the database keeps them in."""
    return None if known is None else {name: known[name] for name in names}


PAYMENTS = Projection(PAYMENT_COLUMNS, _payments)
STAFF_PAYMENTS = Projection(PAYMENT_COLUMNS, _staff_payments)
REFUNDS = Projection(REFUND_COLUMNS, _refunds)
STAFF_REFUNDS = Projection(REFUND_COLUMNS, _staff_refunds)
PROVIDER_EVENTS = Projection(PROVIDER_EVENT_COLUMNS, _provider_events)
