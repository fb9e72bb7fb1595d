"""The ways in which orders can read a customer: the same question each time, with the same token where there is one."""

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from benchmarks.seeding import id_of
from chassis.calls import Neighbour
from chassis.tokens import service_token
from clients.users import Customer, Users

IDS = [id_of("usr", number) for number in range(100)]
SERVER, GRPC = os.environ.get("ASKED_SERVER", ""), os.environ.get("ASKED_GRPC", "")
PATH = "/internal/users/v1/users/"
TIMEOUT_SECONDS = 3.0


def by_orm(user_id: str) -> Customer:
    """As it is written where nothing stands between two apps."""
    from apps.users.models import User

    user = User.objects.get(pk=user_id)
    return Customer(user.id, user.email, user.full_name, user.is_active)


def by_client(user_id: str) -> Customer:
    """As Tearline's services do when they do not know, over whichever transport this process is set to."""
    return Customer(**_neighbour().get(PATH + user_id).json)


def by_knowing(user_id: str) -> Customer:
    """As they do who may know from before: what was answered in the last minute is in their own database."""
    return _users().profile(user_id)


def by_requests(user_id: str) -> Customer:
    """With a session, as the documentation of requests writes it."""
    answer = _requests().get(SERVER + PATH + user_id, headers=_headers(), timeout=TIMEOUT_SECONDS)
    return Customer(**answer.json())


def by_httpx(user_id: str) -> Customer:
    """With a client, as the documentation of httpx writes it."""
    return Customer(**_httpx().get(SERVER + PATH + user_id, headers=_headers()).json())


def by_grpc(user_id: str) -> Customer:
    """With a unary call."""
    metadata = (("authorization", _headers()["Authorization"]),)
    return Customer(**_grpc()(user_id, metadata=metadata, timeout=TIMEOUT_SECONDS))


WAYS: dict[str, Callable[[str], Customer]] = {
    way.__name__: way for way in (by_orm, by_client, by_knowing, by_requests, by_httpx, by_grpc)
}


def make_customers() -> None:
    """Those who are asked for."""
    from apps.users.models import User

    people = [User(id=id, email=f"{n}@example.com", full_name=f"Zoë Ørsted {n}") for n, id in enumerate(IDS)]
    User.objects.bulk_create(people)


def _headers() -> dict[str, str]:
    token = service_token("orders", "users", "users:read")
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


@lru_cache
def _neighbour() -> Neighbour:
    return Neighbour("orders", "users", "users:read")


@lru_cache
def _users() -> Users:
    return Users("orders")


@lru_cache
def _requests() -> Any:
    import requests

    return requests.Session()


@lru_cache
def _httpx() -> Any:
    import httpx

    return httpx.Client(timeout=TIMEOUT_SECONDS)


@lru_cache
def _grpc() -> Any:
    import grpc

    channel = grpc.insecure_channel(GRPC)
    return channel.unary_unary("/users.Users/Profile", str.encode, msgspec.json.decode)
