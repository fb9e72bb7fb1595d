"""What a request may cost at most, the same in a service and at the gateway before it."""

MAX_BODY_BYTES = 1024 * 1024
IMPORT_MAX_BYTES = 20 * 1024 * 1024
