"""What must hold of what payments knows."""

from apps.payments.invariants.checks import acts, histories, ledger, promised, refunds, stuck, unknown_charges
from apps.payments.invariants.facts import payments
from apps.payments.invariants.parity import parity
from chassis.invariants import Invariants

INVARIANTS = Invariants(
    (refunds, ledger, histories, acts), (promised, stuck, unknown_charges), {"payments": payments, "parity": parity}
)
