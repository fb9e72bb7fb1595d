"""A client as good ones are: what broke, or was not heard, is asked again under the same key until it is answered."""

import time
from random import Random

import requests

from demo.callers import Caller, key_of
from demo.connections import TIMEOUT_SECONDS, Answer, Connection, Json, Refusal, json_object

PAUSE_SECONDS = 0.15
PATIENCE_SECONDS = 90
# What a provider does not say now it may not say for long: whoever pays chooses that, and does not wait for it.
NOT_SAID, NOT_SAID_OFTEN = "provider_unavailable", 3
# How often a client hangs up before it is answered, and when.
SHARE_CUT, CUT_SECONDS = 0.04, (0.005, 0.02, 0.08)


class Unanswered(Exception):
    """The shop has not answered for longer than any restart takes."""


class RudeConnection(Connection):
    """The demo's connection, without its patience; it hangs up now and then."""

    def __init__(self, url: str, random: Random) -> None:
        super().__init__(url)
        self._random = random

    def send(self, method: str, path: str, *, headers: dict[str, str], body: Json | None = None) -> Answer:
        is_cut = self._random.random() < SHARE_CUT
        timeout = self._random.choice(CUT_SECONDS) if is_cut else TIMEOUT_SECONDS
        try:
            response = self.session.request(
                method, self.url + path, json=body, headers=headers, timeout=timeout, allow_redirects=False
            )
        except requests.RequestException as failure:
            return Answer(0, {"title": type(failure).__name__})
        answer = Answer(response.status_code, json_object(response), response.headers)
        # A server that dies within the head leaves what looks like an answer: nobody here is answered without a body.
        return answer if answer.body or not answer.is_good else Answer(0)


def ask(caller: Caller, method: str, path: str, body: Json | None = None, key: str = "") -> Answer:
    """The answer, good or a refusal, however often it has to be asked for. Raises Unanswered."""
    give_up, not_said = time.monotonic() + PATIENCE_SECONDS, 0
    while time.monotonic() < give_up:
        try:
            answer = caller.send(method, path, body=body, key=key)
        except Refusal:  # of the sign-in that was needed first
            answer = Answer(0)
        not_said += answer.code == NOT_SAID
        if not_said == NOT_SAID_OFTEN or not (answer.is_busy or answer.status == 0 or answer.status >= 500):
            return answer
        time.sleep(PAUSE_SECONDS)
    raise Unanswered(f"{method} {path}: {answer.status} {answer.body}")


def command(caller: Caller, path: str, body: Json, *purpose: object) -> Answer:
    """What came of a command. Its key is made of its purpose: whoever has the same gives the same command."""
    return ask(caller, "POST", path, body, key_of(path, *purpose))
