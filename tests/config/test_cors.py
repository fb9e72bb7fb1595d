"""Browsers ask for the pages of those sites alone that are listed."""

import pytest

APP = "https://app.example"


@pytest.fixture(autouse=True)
def listed(settings):
    settings.CORS_ALLOWED_ORIGINS = [APP]
    settings.MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE]


def asked_before(client, origin):
    return client.options("/v2/orders", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})


def test_a_site_that_is_listed_may_ask_and_see_what_an_answer_says(client):
    answer = client.get("/livez", headers={"Origin": APP})

    assert answer["Access-Control-Allow-Origin"] == APP
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_browser_is_told_before_it_asks(client):
    answer = asked_before(client, APP)

    assert answer["Access-Control-Allow-Origin"] == APP
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.evil.example", "http://app.example"])
def test_no_other_site_may(client, origin):
    assert "Access-Control-Allow-Origin" not in asked_before(client, origin)
    assert "Access-Control-Allow-Origin" not in client.get("/livez", headers={"Origin": origin})
