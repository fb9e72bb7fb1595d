"""What proves that people are they: letters, passwords, guesses; what staff do with accounts; where people live."""

import time

from tests.equivalence.casts import ADDRESS, PASSWORD, Cast, Visitor, let_revocations_be_heard
from tests.topologies.letters import letters_to, token_in

NEW_PASSWORD = "ein anderes Pferd ✓"


def mailboxes(cast: Cast) -> None:
    """Letters with tokens, and what those are good for."""
    nobody, cleo = cast.nobody, {"email": "cleo@example.com"}
    nobody.post("cleo registers", "/v1/users", {**cleo, "password": PASSWORD, "full_name": "Cleo & <Söhne>"})
    token = _token(cast, cleo["email"], "to confirm her address")
    nobody.post("what is no token", "/v1/users/verify-email", {"token": "x" * 43})
    nobody.post("no token at all", "/v1/users/verify-email", {})
    nobody.post("a token for something else", "/v1/users/reset-password", {"token": token, "password": PASSWORD})
    nobody.post("she confirms", "/v1/users/verify-email", {"token": token})
    nobody.post("once", "/v1/users/verify-email", {"token": token})
    nobody.post("another letter, of no use now", "/v1/users/resend-verification", cleo)
    nobody.post("a letter for anna", "/v1/users/resend-verification", {"email": "ANNA@example.com"})
    nobody.post("a letter for nobody", "/v1/users/resend-verification", {"email": "who@example.com"})
    nobody.post("a letter to no address", "/v1/users/resend-verification", {"email": "who"})
    _token(cast, "anna@example.com", "once more")
    nobody.post("a stranger has forgotten her password", "/v1/users/forgot-password", {"email": "who@example.com"})
    nobody.post("cleo has forgotten her password", "/v1/users/forgot-password", cleo)
    token = _token(cast, cleo["email"], "to choose another password")
    nobody.post("a weak one", "/v1/users/reset-password", {"token": token, "password": "kurz"})
    nobody.post("a good one", "/v1/users/reset-password", {"token": token, "password": NEW_PASSWORD})
    nobody.post("a third one", "/v1/users/reset-password", {"token": token, "password": PASSWORD})
    nobody.post("the old one", "/v1/tokens", {**cleo, "password": PASSWORD})
    signed_in = _signed_in(cast, cleo["email"], NEW_PASSWORD)
    _change(signed_in, "not the current password", "wrong", PASSWORD)
    _change(signed_in, "a weak new one", NEW_PASSWORD, "password123")
    _change(signed_in, "she changes it", NEW_PASSWORD, PASSWORD)
    let_revocations_be_heard(cast)
    for path in ("/v1/users/me", "/v1/orders", "/v1/payments"):
        signed_in.get("her token is good nowhere any more", path)
    cast.recorder.note("what she was written", letters_to(cast.recorder.shop.folder, cleo["email"])[-2:])


def guesses(cast: Cast) -> None:
    """Wrong passwords, at an account and at none."""
    email = "dora@example.com"
    cast.nobody.post("dora registers", "/v1/users", {"email": email, "password": PASSWORD, "full_name": "Dora"})
    for address in (email, "nobody@example.com"):
        for number in range(6):
            _guess(cast, f"guess {number}", address, f"guess {number}", key=f"a-guess-of-nobody-{number}-{address}")
        _guess(cast, "the right one", address, PASSWORD)
    time.sleep(1)
    _guess(cast, "the right one, later", email, PASSWORD)
    _guess(cast, "and all is forgiven", email, "guess")


def governing(cast: Cast) -> None:
    """What staff do with the accounts of others."""
    admin, nobody = cast.admin, cast.nobody
    sam = {"email": "sam@example.com", "roles": ["support", "catalog"]}
    cast.anna.post("anna may not invite", "/v1/users/invitations", sam)
    admin.post("as a king", "/v1/users/invitations", {**sam, "roles": ["king"]})
    invited = admin.post("sam is invited", "/v1/users/invitations", sam).body
    admin.post("twice", "/v1/users/invitations", {**sam, "full_name": "Sam"})
    token = _token(cast, sam["email"], "to join")
    nobody.post("sam joins", "/v1/users/reset-password", {"token": token, "password": PASSWORD})
    signed_in, path = _signed_in(cast, sam["email"], PASSWORD), f"/v1/users/{invited['id']}"
    signed_in.get("sam reads orders", "/v1/orders?limit=1")
    admin.ask("without If-Match", "PATCH", path, {"full_name": "Sam"})
    admin.ask("a name", "PATCH", path, {"full_name": "Sam 李"}, If_Match="*")
    cast.anna.ask("anna may not name him", "PATCH", path, {"full_name": "Sam"}, If_Match="*")
    admin.ask("roles without If-Match", "PUT", f"{path}/roles", {"roles": ["catalog"]})
    admin.ask("no roles", "PUT", f"{path}/roles", {"roles": []}, If_Match="*")
    admin.ask("fewer roles", "PUT", f"{path}/roles", {"roles": ["catalog"]}, If_Match="*")
    let_revocations_be_heard(cast)
    signed_in.get("his token says more than he may", "/v1/orders?limit=1")
    signed_in = _signed_in(cast, sam["email"], PASSWORD)
    signed_in.ask("he makes himself an admin", "PUT", f"{path}/roles", {"roles": ["admin"]}, If_Match="*")
    admin.post("he is active", f"{path}/activate", {})
    admin.post("he is let go", f"{path}/deactivate", {})
    admin.post("twice is once", f"{path}/deactivate", {})
    let_revocations_be_heard(cast)
    for url in ("/v1/users/me", "/v1/products", "/v1/payments"):
        signed_in.get("he was signed in", url)
    nobody.post("he signs in no more", "/v1/tokens", {"email": sam["email"], "password": PASSWORD})
    admin.post("he comes back", f"{path}/activate", {})
    _signed_in(cast, sam["email"], PASSWORD)
    _govern_oneself(cast)


def postal_addresses(cast: Cast) -> None:
    """Where people live."""
    anna, url = cast.anna, "/v1/users/me/addresses"
    cast.nobody.get("nobody lives nowhere", url)
    anna.get("none yet", url)
    home = anna.post("home", url, {**ADDRESS, "is_default_shipping": True})
    work = anna.post("work", url, {**ADDRESS, "company": "Ω", "is_default_shipping": True, "phone": "+4930123456"})
    anna.post("not on this earth", url, {**ADDRESS, "country": "XX"})
    anna.post("what is missing", url, {"is_default_billing": "yes"})
    there = f"{url}/{home.body['id']}"
    anna.get("home is no default any more", there)
    anna.ask("without If-Match", "PUT", there, ADDRESS)
    anna.ask("what it was before", "PUT", there, ADDRESS, If_Match=home.etag)
    anna.ask("home is somewhere else", "PUT", there, {**ADDRESS, "line2": "4. Stock"}, If_Match="*")
    cast.boris.get("boris does not find it", there)
    cast.boris.ask("nor remove it", "DELETE", there)
    anna.get("both", f"{url}?ordering=created_at")
    anna.ask("work is no more", "DELETE", f"{url}/{work.body['id']}")
    anna.ask("it is gone", "DELETE", f"{url}/{work.body['id']}")


def _govern_oneself(cast: Cast) -> None:
    """The only admin stays one."""
    me = cast.admin.get("the admin reads herself", "/v1/users/me").body["id"]
    cast.admin.post("she closes her account", f"/v1/users/{me}/deactivate", {})
    cast.admin.ask("she steps down", "PUT", f"/v1/users/{me}/roles", {"roles": ["customer"]}, If_Match="*")


def _guess(cast: Cast, step: str, email: str, password: str, *, key: str = "") -> None:
    cast.nobody.post(f"{step}, at {email}", "/v1/tokens", {"email": email, "password": password}, key=key)


def _change(visitor: Visitor, step: str, current: str, password: str) -> None:
    visitor.post(step, "/v1/users/me/password", {"current_password": current, "password": password})


def _signed_in(cast: Cast, email: str, password: str) -> Visitor:
    grant = cast.nobody.post(f"{email} signs in", "/v1/tokens", {"email": email, "password": password}).body
    return Visitor.with_token(cast.recorder, grant["access_token"])


def _token(cast: Cast, address: str, what_for: str) -> str:
    """The token in the newest letter to an address, which is recorded."""
    cast.recorder.settle()
    letter = letters_to(cast.recorder.shop.folder, address)[-1]
    cast.recorder.note(f"a letter to {address}, {what_for}", letter)
    return token_in(letter)
