"""The fake Stripe as tests hold it: a process of its own, and what they tell it."""

import json
from contextlib import contextmanager
from urllib.request import ProxyHandler, Request, build_opener

from deploy.processes import PYTHON, Child, free_ports, wait_for
from tests.topologies.environments import environment

# Put together, so that nobody who looks for secrets takes them for any.
KEY, PUBLISHABLE_KEY = (f"{kind}_test_{'fake' * 3}" for kind in ("sk", "pk"))
LIVE_KEY = f"sk_live_{'fake' * 3}"
WEBHOOK_SECRET = f"whsec_{'fake' * 6}"
_opener = build_opener(ProxyHandler({}))


class FakeStripe:
    """What a test may ask of a running one, besides what its API answers."""

    def __init__(self, url):
        self.url = url

    def tell(self, what, **told):
        """`POST /_control/{what}`."""
        return self._speak("POST", f"/_control/{what}", json.dumps(told).encode(), {"Content-Type": "application/json"})

    def forget(self, what):
        """`DELETE /_control/{what}`."""
        return self._speak("DELETE", f"/_control/{what}", None, {})

    def hear(self, what):
        """`GET /_control/{what}`."""
        return self._speak("GET", f"/_control/{what}", None, {})

    def fails(self, request, kind, **how):
        """Have the next request fail that looks so: `POST /v1/payment_intents/*/capture`."""
        self.tell("faults", request=request, kind=kind, **how)

    def pay(self, reference, payment_method):
        """What the payer's browser does, with nothing but what the payer is given. True unless it is declined."""
        body = f"client_secret={self.intent(reference)['client_secret']}&payment_method={payment_method}".encode()
        bearer = {"Authorization": f"Bearer {PUBLISHABLE_KEY}"}
        return "error" not in self._speak("POST", f"/v1/payment_intents/{reference}/confirm", body, bearer)

    def intent(self, reference):
        """The intent as it is there."""
        return self.hear(f"objects/payment_intent/{reference}")

    def requests(self, method, path):
        """What reached it, oldest first."""
        noted = self.hear("requests")["requests"]
        return [one for one in noted if one["method"] == method and one["path"].startswith(path)]

    def _speak(self, method, path, body, headers):
        request = Request(f"{self.url}{path}", body, headers, method=method)
        try:
            with _opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except OSError as refused:
            if not hasattr(refused, "read"):
                raise
            return json.load(refused)


def started(folder, port=0):
    """A fake Stripe that keeps what it knows in `folder`, and its process."""
    port = port or free_ports(1)[0]
    command = [PYTHON, "-m", "tests.stripe.server", "--port", str(port), "--file", str(folder / "stripe.sqlite3")]
    child = Child(command, environment(), folder / "stripe.log")
    try:
        wait_for(f"http://127.0.0.1:{port}/_control/ready", [child])
    except BaseException:
        child.end()
        raise
    return FakeStripe(f"http://127.0.0.1:{port}"), child


@contextmanager
def running(folder):
    """A fake Stripe for the block."""
    fake, child = started(folder)
    try:
        yield fake
    finally:
        child.end()
