"""How the clients of an old version hear that it will end."""

from datetime import UTC, datetime

from chassis.deprecation import Deprecation

ENDING = Deprecation(
    since=datetime(2026, 11, 23, tzinfo=UTC), sunset=datetime(2027, 11, 30, 12, tzinfo=UTC), successor="v2"
)


def test_deprecation_is_a_date_and_sunset_an_http_date():
    assert ENDING.headers() == {"Deprecation": "@1795392000", "Sunset": "Tue, 30 Nov 2027 12:00:00 GMT"}


def test_the_links_lead_to_the_documentation_and_to_the_same_resource_in_the_next_version(settings):
    here = settings.TOPOLOGY.public_url

    links = ENDING.links("orders", "v1", "/v1/orders/ord_v1")

    assert links["deprecation"] == links["sunset"] == f"{here}/docs/orders/v1"
    assert links["successor-version"] == f"{here}/v2/orders/ord_v1"


def test_no_path_breaks_out_of_its_link(settings):
    links = ENDING.links("orders", "v1", '/v1/orders/\x00é>; rel="evil"')

    assert links["successor-version"].endswith("/v2/orders/%00%C3%A9%3E%3B%20rel%3D%22evil%22")
