"""What a request may cost at most, the same in a service and at the gateway before it."""

MAX_BODY_BYTES = 1024 * 1024
