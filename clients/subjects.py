"""Any service that keeps something of people, as users sees it, where people ask for it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from chassis.calls import BrokenContract, Neighbour
from chassis.subjects import SCOPE, Part


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far erasing somebody is: `closing` (ask again in `seconds`), `blocked`, `completed` or `retained`.

    `reason` says what blocks it. `possible` is what is answered where it was only asked whether anything does.
    """

    status: str
    reason: str
    retained_until: str | None
    seconds: int


class Subjects:
    """A service, asked about people by the service `caller`. Every method raises CallFailed."""

    def __init__(self, caller: str, service: str) -> None:
        self._neighbour = Neighbour(caller, service, SCOPE)

    def part(self, user_id: str, *, after: str = "") -> Part:
        """What it keeps of somebody, some of it at a time."""
        query = {"after": after} if after else {}
        answer = self._neighbour.get(self._path(user_id), known_as="", anonymous=False, **query)
        try:
            return Part(answer.json["data"], answer.json["next"])
        except (KeyError, TypeError) as exc:
            raise BrokenContract(self._neighbour.name, f"a part without {exc}") from exc

    def outlook(self, user_id: str) -> Outcome:
        """Whether it could erase them now."""
        return self._outcome(self._neighbour.get(f"{self._path(user_id)}/erasure").json)

    def erase(self, user_id: str, *, key: str) -> Outcome:
        """Have them erased there, as far as is possible now. The same key is the same command."""
        path = f"{self._path(user_id)}/erasure"
        return self._outcome(self._neighbour.post(path, {"key": key}, idempotency_key=key).json)

    def _path(self, user_id: str) -> str:
        return f"/internal/{self._neighbour.name}/v1/subjects/{quote(user_id, safe='')}"

    def _outcome(self, answer: Any) -> Outcome:
        try:
            return Outcome(answer["status"], answer["reason"], answer["retained_until"], answer["seconds"])
        except (KeyError, TypeError) as exc:
            raise BrokenContract(self._neighbour.name, f"an outcome without {exc}") from exc
