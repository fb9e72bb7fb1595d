"""What somebody sees who has just typed `make run`: everything is there, linked, and served from here."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from deploy.processes import PYTHON, Child, free_ports, wait_for
from tests.topologies.environments import environment

SERVICES = ("users", "orders", "payments")
FOREIGN = re.compile(r"""(?:src|href|url|action)\s*[=(:]\s*["']?(?:https?:)?//([\w.-]+)""", re.IGNORECASE)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The address of a shop that was just set up, without its demo day."""
    folder = tmp_path_factory.mktemp("first-look")
    (port,) = free_ports(1)
    here = environment(VAR_DIR=str(folder), DEBUG="true", PORT=str(port), DEMO="0")
    child = Child([PYTHON, "manage.py", "serve", str(port)], here, folder / "log")
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", [child])
        yield f"http://127.0.0.1:{port}"
    finally:
        child.end()


def get(url, accept="application/json"):
    return requests.get(url, headers={"Accept": accept}, timeout=30, allow_redirects=False)


def test_everything_that_the_home_page_links_to_is_there(home):
    page = get(f"{home}/").json()

    links = [link for links in page["resources"].values() for link in links]
    links += [
        *(document for versions in page["openapi"].values() for document in versions.values()),
        page["docs"],
        page["problems"],
    ]
    answered = {link: get(link, "*/*").status_code for link in links}

    assert set(page["resources"]) == set(page["openapi"]) == set(SERVICES)
    assert {link for link in links if not link.startswith(home)} == set()
    assert {link: status for link, status in answered.items() if status not in {200, 401}} == {}


@pytest.mark.parametrize("path", ["/", "/v1/products", "/docs", "/problems", "/session", "/v1/products/nothing"])
def test_a_browser_gets_a_page_of_our_own(home, path):
    page = get(f"{home}{path}", "text/html")

    assert page.headers["Content-Type"].startswith("text/html")
    assert foreign_hosts(home, page.text) == set()


@pytest.mark.parametrize("page", [f"/docs/{service}{kind}" for service in SERVICES for kind in ("", "/redoc")])
def test_the_documentation_needs_no_other_server(home, page):
    html = get(f"{home}{page}", "text/html").text

    parts = [urljoin(home + page, found) for found in re.findall(r'(?:src|href)="([^"]+)"', html)]
    missing = [part for part in parts if part.startswith(home) and get(part, "*/*").status_code != 200]

    assert parts
    assert foreign_hosts(home, html) == set()
    assert missing == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_api_description_is_openapi_3_1(home, service):
    document = get(f"{home}/openapi/{service}/v1.json").json()

    assert document["openapi"].startswith("3.1")
    assert document["paths"]


@pytest.mark.parametrize(
    ("email", "password", "role"),
    [
        ("admin@example.com", "tearline-admin-demo", "admin"),
        ("customer@example.com", "tearline-customer-demo", "customer"),
    ],
)
def test_the_demo_accounts_can_sign_in(home, email, password, role):
    grant = requests.post(f"{home}/v1/tokens", json={"email": email, "password": password}, timeout=30).json()

    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    me = requests.get(f"{home}/v1/users/me", headers=headers, timeout=30).json()

    assert me["roles"] == [role]


def foreign_hosts(home, html):
    return {host for host in FOREIGN.findall(html) if host != urlsplit(home).hostname}
