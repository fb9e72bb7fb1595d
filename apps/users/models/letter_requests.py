"""Letters that were asked for by an address, whether or not anybody has an account with it."""

from django.db import models

from apps.users.models.one_time_tokens import Purpose
from chassis.identifiers import IdField
from chassis.leases import Leased


class LetterRequest(Leased):
    """What somebody asks for. `sealed` holds the address; the row is gone once a worker has seen to it.

    Whoever asks is answered when this is written, which is as much work whoever has an account.
    """

    id = IdField("lrq")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    sealed = models.BinaryField()
    request_id = models.CharField(max_length=64, blank=True)
