"""The browser of these tests: it stays on this machine, leaves nothing running, and says how to get it."""

import os
import signal
import subprocess
import sys

import pytest

from deploy.processes import BASE, wait_until
from tests.browser import browsers
from tests.browser.browsers import window

BROWSE = """
from tests.browser.browsers import browsing

with browsing() as browser:
    browser.new_page().goto("about:blank")
    print("open", flush=True)
    input()
"""


@pytest.fixture
def somebody(browser):
    """Another Python that has a browser open until it is spoken to, or killed."""
    here = {**os.environ, "PYTHONPATH": str(BASE)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", BROWSE], cwd=BASE, env=here, text=True, **pipes) as child:
        assert child.stdout.readline() == "open\n"
        yield child
        child.kill()


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGTERM, id="ended", marks=pytest.mark.prove),
        pytest.param(None, id="done", marks=pytest.mark.prove),
    ],
)
def test_a_browser_leaves_no_process_behind(somebody, sign):
    started = descendants(somebody.pid)

    if sign:
        somebody.send_signal(sign)
    else:
        somebody.stdin.write("\n")
        somebody.stdin.flush()
    somebody.wait()

    assert len(started) > 3
    wait_until(lambda: not started & set(living()), seconds=10, what="the browser to end")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('<img src="https://example.org/picture.png" alt="">', "asks elsewhere: https://example.org/picture.png"),
        ("<script>lantern.light()</script>", "script: lantern is not defined"),
        ("<script>console.error('no light')</script>", "console: no light"),
    ],
)
def test_a_page_with_a_fault_is_found_out(browser, content, complaint):
    with pytest.raises(AssertionError, match=complaint), window(browser, "http://127.0.0.1") as page:
        page.set_content(content, wait_until="load")


def test_a_page_that_lacks_a_part_is_found_out(browser, shop):
    part = '<link rel="stylesheet" href="/static/none.css">'

    with pytest.raises(AssertionError, match=f"404: {shop.url}/static/none.css"), window(browser, shop.url) as page:
        show_at(page, "/livez", part)


@pytest.mark.parametrize(
    ("installed", "line"),
    [
        ({"apt-get", "sudo"}, "sudo apt-get install -y chromium"),
        ({"dnf"}, "dnf install -y chromium"),
        ({"brew", "sudo"}, "brew install --cask chromium"),
        (set(), "install Chromium, or say where it is: CHROMIUM=/path/to/it"),
    ],
)
def test_where_there_is_no_browser_one_line_says_how_to_get_it(monkeypatch, installed, line):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browsers.shutil, "which", lambda name: name if name in installed else None)

    assert browsers.chromium() is None
    assert browsers.how_to_get_chromium() == line


def show_at(page, address, content):
    page.goto(address)
    page.set_content(content, wait_until="load")


def living():
    """The parents of the processes that run, by id; one that has ended and waits for its parent does not run."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def descendants(pid):
    """Every process that this one has started, and that those have started."""
    parents = living()
    found, news = set(), {pid}
    while news:
        news = {child for child, parent in parents.items() if parent in news}
        found |= news
    return found
