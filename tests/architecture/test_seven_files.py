"""Whoever follows an order from its URL to its announcement opens seven files, each further down."""

from tests.architecture.ways import way

# From the top of the service to its bottom; what stands in one line may ask each other only to the right.
FLOORS = (
    "apps/orders/api/urls.py",
    "apps/orders/api/v1/urls.py",
    "apps/orders/api/v1/views.py",
    "apps/orders/api/v1/serializers.py",
    "apps/orders/services/placing.py",
    "apps/orders/events.py",
    "apps/orders/models.py",
)
ASIDE = {"apps/orders/permissions.py", "apps/orders/problems.py", "apps/orders/api/v1/pages.py"}


def test_an_orders_way_is_at_most_seven_files():
    files = {file for step in way("apps.orders", "order-list", "post") for file in step} - ASIDE

    assert files == set(FLOORS)


def test_an_orders_way_leads_downwards_only():
    steps = [step for step in way("apps.orders", "order-list", "post") if not ASIDE & set(step)]

    upwards = [(one, other) for one, other in steps if FLOORS.index(one) >= FLOORS.index(other)]

    assert upwards == []
