"""What the other services reach, and nobody else."""

from chassis.endpoints import internal_routes

urlpatterns = internal_routes()
