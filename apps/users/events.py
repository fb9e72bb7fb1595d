"""The facts that users announces. Ids only: what is told cannot be untold when somebody asks to be forgotten."""

from dataclasses import dataclass

from chassis.outbox import Event


class UserEvent(Event):
    service = "users"
    subject = "user_id"


@dataclass(frozen=True)
class UserRegistered(UserEvent):
    type = "user.registered"

    user_id: str


@dataclass(frozen=True)
class UserUpdated(UserEvent):
    type = "user.updated"

    user_id: str
