"""`python -m benchmarks.distances 5`: a worker to whom every other service is five milliseconds further away."""

import sys
import time
from typing import Any

from django.core.management import execute_from_command_line

from chassis.transports import Http


def main() -> None:
    """Work as `manage.py work` does, with a pause before each call over HTTP."""
    seconds, send = float(sys.argv[1]) / 1000, Http.send

    def send_far(self: Http, request: Any, **options: Any) -> Any:
        time.sleep(seconds)
        return send(self, request, **options)

    Http.send = send_far  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "work"])


if __name__ == "__main__":
    main()
