"""What only services may reach."""

from chassis.endpoints import internal_routes

urlpatterns = internal_routes()
