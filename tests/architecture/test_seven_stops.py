"""Whoever follows an order from its URL to its announcement makes seven stops, each further down."""

from tests.architecture.ways import way

# From the top of the service to its bottom; what stands in one line may ask each other only to the right.
FLOORS = (
    "apps/orders/api/urls.py",
    "apps/orders/api/views.py",
    "apps/orders/api/v2/serializers.py",
    "apps/orders/api/v2/projections.py",
    "apps/orders/services/placing.py",
    "apps/orders/events.py",
    "apps/orders/models",
)
ASIDE = {"apps/orders/permissions.py", "apps/orders/problems.py", "apps/orders/api/pages.py"}


def test_an_orders_way_has_at_most_seven_stops():
    stops = {stop for step in way("apps.orders", "order-list", "post") for stop in step} - ASIDE

    assert stops == set(FLOORS)


def test_an_orders_way_leads_downwards_only():
    steps = [step for step in way("apps.orders", "order-list", "post") if not ASIDE & set(step)]

    upwards = [(one, other) for one, other in steps if FLOORS.index(one) >= FLOORS.index(other)]

    assert upwards == []
