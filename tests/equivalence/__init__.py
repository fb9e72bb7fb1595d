"""Whatever one topology does, every topology does: one script of requests, asked of all nine, and all compared."""
