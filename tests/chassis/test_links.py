"""Links in headers and in representations."""

from django.http import HttpResponse

from chassis.links import add_links, link


def test_links_follow_those_that_are_there():
    response = HttpResponse()

    add_links(response, {"next": "https://shop.example/2", "prev": None})
    add_links(response, {"sunset": "https://shop.example/docs"})

    assert response["Link"] == '<https://shop.example/2>; rel="next", <https://shop.example/docs>; rel="sunset"'


def test_an_answer_without_links_has_no_header():
    response = HttpResponse()

    add_links(response, {"next": None})

    assert "Link" not in response


def test_a_link_is_absolute_and_says_how_to_follow_it(settings):
    assert link("/v2/orders", "POST") == {"href": f"{settings.TOPOLOGY.public_url}/v2/orders", "method": "POST"}
