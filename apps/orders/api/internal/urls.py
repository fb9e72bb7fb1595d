"""What only services may reach."""

from apps.orders.services.erasing import KEEPER
from chassis.endpoints import internal_routes
from chassis.keepers import subject_routes

urlpatterns = [*internal_routes(), *subject_routes(KEEPER)]
