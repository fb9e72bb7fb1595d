"""The workers of the servers that are compared."""

from chassis import workers


def hurry() -> None:
    """Let the workers of this process look for work ten times a second: the script waits for them again and again."""
    workers.IDLE_SECONDS = 0.1
