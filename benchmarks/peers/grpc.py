"""Users over gRPC: the same question to the same table, and the same check of the token, which is remembered.

Messages are JSON within gRPC's frames, written and read by msgspec, so no compiler of protobuf is needed.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import django
import grpc
import jwt
import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

KEY = load_pem_public_key(os.environ["PEER_PUBLIC_KEY"].encode())
ISSUER = os.environ["PEER_ISSUER"]
THREADS = 8
COLUMNS = ("id", "email", "full_name", "is_active")


def main(port: str) -> None:
    """Serve on this port of 127.0.0.1."""
    django.setup()
    server = grpc.server(ThreadPoolExecutor(THREADS))
    profiles = grpc.unary_unary_rpc_method_handler(profile, bytes.decode, msgspec.json.encode)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("users.Users", {"Profile": profiles})])
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


def profile(user_id: str, call: grpc.ServicerContext) -> dict[str, object]:
    """Who this is, for services that may read users."""
    from apps.users.models import User

    token = dict(call.invocation_metadata()).get("authorization", "").removeprefix("Bearer ")
    if "users:read" not in _scopes(token):
        call.abort(grpc.StatusCode.PERMISSION_DENIED, "")
    return User.objects.values(*COLUMNS).get(pk=user_id)


def _scopes(token: str) -> list[str]:
    scopes, expires_at = _verified(token)
    return scopes if time.time() < expires_at else []


@lru_cache(10_000)
def _verified(token: str) -> tuple[list[str], int]:
    """What a token opens, and until when."""
    claims = jwt.decode(token, KEY, algorithms=["RS256"], audience="users", issuer=f"{ISSUER}/services/orders")
    return claims["scope"].split(), claims["exp"]


if __name__ == "__main__":
    main(sys.argv[1])
