"""What must hold of what orders knows."""

from apps.orders.invariants.checks import (
    acts,
    attempts,
    held_by_dead_orders,
    histories,
    requests,
    retained,
    stock,
    stuck,
    totals,
    unbacked,
)
from apps.orders.invariants.facts import customers, orders
from chassis.invariants import Invariants

INVARIANTS = Invariants(
    (stock, totals, held_by_dead_orders, unbacked, attempts, requests, histories, acts),
    (stuck, retained),
    {"orders": orders, "customers": customers},
)
