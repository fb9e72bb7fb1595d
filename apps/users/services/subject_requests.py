"""What people ask of all services at once, done one service after the other, a call and a transaction at a time.

Each step is a call with nothing open, and then a transaction that keeps what came of it. Where a worker dies between
the two, another asks the same again, under the same key. A service that is down is asked again later.
"""

import logging
from collections.abc import Callable

from apps.users.models import SubjectRequest
from apps.users.services import USERS, erasing, exporting
from chassis import context
from chassis.calls import CallFailed
from chassis.problems import ServicePaused

logger = logging.getLogger("tearline")
STEPS: dict[str, Callable[[SubjectRequest], None]] = {
    SubjectRequest.Kind.EXPORT: exporting.export_next,
    SubjectRequest.Kind.ERASURE: erasing.erase_next,
}


def work(worker: str) -> int:
    """Do the next step of each that is due; returns how many were taken."""
    taken = SubjectRequest.objects.due().lease(worker)
    for request in taken:
        with context.entered(context.for_work(request.operation.request_id, service=USERS)):
            _go_on(request)
    return len(taken)


def _go_on(request: SubjectRequest) -> None:
    try:
        STEPS[request.kind](request)
    except CallFailed as failure:
        request.try_later(str(failure))
    except ServicePaused:
        raise
    except Exception as exc:
        logger.exception("the subject request %s failed at a step", request.id)
        # Not what was wrong: that may quote what people wrote.
        request.try_later(type(exc).__name__)
