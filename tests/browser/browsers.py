"""A real browser without a window: it can reach this machine alone, and ends with the block that asked for it."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ALONE = [
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
]
ELSEWHERE = re.compile(r"^(?!data:|blob:|about:|http://127\.0\.0\.1[:/])")
# Of a page that the next one, asked for meanwhile, took the place of, and of what belongs to it.
REPLACED = "net::ERR_ABORTED"
PATIENCE_MS = 10_000
INSTALLERS = {
    "apt-get": "apt-get install -y chromium",
    "dnf": "dnf install -y chromium",
    "brew": "brew install --cask chromium",
}


def chromium() -> str | None:
    """The browser to drive: the one that CHROMIUM names, or the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def how_to_get_chromium() -> str:
    """The one line that installs it on this platform."""
    installer = next((name for name in INSTALLERS if shutil.which(name)), None)
    if installer is None:
        return "install Chromium, or say where it is: CHROMIUM=/path/to/it"
    sudo = "sudo " if installer != "brew" and shutil.which("sudo") else ""
    return sudo + INSTALLERS[installer]


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser; when the block is left, no process of it is."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ALONE, *as_root])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page of a shop in a context of its own, with cookies of its own.

    AssertionError at the end if a page asked another host, lacked a part, or told its console of an error.
    """
    with browser.new_context(base_url=url, locale="en-GB", timezone_id="Europe/London", **options) as context:
        context.set_default_timeout(PATIENCE_MS)
        complaints = _complaints(context)
        yield context.new_page()
    if complaints:
        raise AssertionError("\n".join(complaints))


def _complaints(context: BrowserContext) -> list[str]:
    """A list that grows with whatever goes wrong in a page; what a visitor asked for may be refused."""
    complaints: list[str] = []

    def refuse(route: Route) -> None:
        complaints.append(f"asks elsewhere: {route.request.url}")
        route.abort()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(f"console: {message.text}")

    def look(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            complaints.append(f"{response.status}: {response.url}")

    def miss(request: Request) -> None:
        if request.failure != REPLACED:
            complaints.append(f"{request.failure}: {request.method} {request.url}")

    context.route(ELSEWHERE, refuse)
    context.on("console", hear)
    context.on("response", look)
    context.on("requestfailed", miss)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    return complaints
