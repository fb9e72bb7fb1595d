"""What the other services reach, and nobody else."""

from apps.payments.services.erasing import KEEPER
from chassis.endpoints import internal_routes
from chassis.keepers import subject_routes

urlpatterns = [*internal_routes(), *subject_routes(KEEPER)]
