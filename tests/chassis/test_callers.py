"""Who is asking."""

import pytest

from chassis.callers import NOBODY, OWN_READ, OWN_WRITE, Caller, nobody


def test_nobody_has_no_name_and_may_do_nothing():
    assert nobody() is NOBODY
    assert (NOBODY.id, NOBODY.service, str(NOBODY)) == ("", "", "nobody")
    assert NOBODY.is_anonymous
    assert not NOBODY.is_authenticated
    assert not NOBODY.may("orders:read")


@pytest.mark.parametrize("kind", ["user", "client", "service", "payer"])
def test_everybody_else_is_somebody(kind):
    caller = Caller(id="x", kind=kind)

    assert (caller.is_authenticated, caller.is_anonymous) == (True, False)


def test_only_a_service_is_a_service():
    assert Caller(id="service:orders", kind="service").service == "orders"
    assert Caller(id="service:orders", kind="user").service == ""


def test_a_caller_may_do_what_its_scopes_say_word_for_word():
    caller = Caller(id="usr_1", kind="user", scopes=frozenset({"orders:read"}), roles=frozenset({"admin"}))

    assert caller.may("orders:read")
    assert not caller.may("orders")
    assert not caller.may("orders:write")


def test_a_caller_cannot_be_changed():
    with pytest.raises(AttributeError):
        Caller(id="usr_1", kind="user").scopes = frozenset({"orders:write"})


def test_a_caller_is_shown_by_what_people_know_it_by():
    assert str(Caller(id="usr_1", kind="user", email="ana@example.com")) == "ana@example.com"
    assert str(Caller(id="service:orders", kind="service")) == "service:orders"


# Programs that ask for people


def for_ana(*scopes):
    who = {"client_id": "cli_1", "on_behalf_of": "usr_ana", "email": "ana@example.com", "roles": frozenset({"support"})}
    return Caller(id="usr_ana", kind="user", scopes=frozenset(scopes), **who)


def test_whoever_asks_in_person_is_who_they_are_whatever_they_ask():
    ana = Caller(id="usr_ana", kind="user", client_id="browser")

    assert ana.asking("POST") is ana
    assert (ana.actor, ana.is_in_person) == ("usr_ana", True)


def test_a_program_that_asks_for_somebody_acts_itself_and_is_never_there_in_person():
    assert (for_ana(OWN_WRITE).actor, for_ana(OWN_WRITE).is_in_person) == ("cli_1", False)
    assert not Caller(id="cli_1", kind="client", client_id="cli_1").is_in_person


@pytest.mark.parametrize(
    ("scopes", "as_the_person"),
    [
        ([], ""),
        (["orders:read"], ""),
        ([OWN_READ], "GET HEAD OPTIONS"),
        ([OWN_WRITE], "GET HEAD OPTIONS POST PUT PATCH DELETE"),
    ],
)
def test_a_program_is_the_person_only_where_it_may_read_or_change_what_is_theirs(scopes, as_the_person):
    methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

    assert [method for method in methods if for_ana(*scopes).asking(method).kind == "user"] == as_the_person.split()


def test_a_program_that_is_not_the_person_is_itself_and_has_of_them_nothing_but_its_scopes():
    program = for_ana("orders:read").asking("GET")

    assert (program.id, program.kind, program.scopes) == ("cli_1", "client", {"orders:read"})
    assert (program.email, program.roles) == ("", frozenset())
    assert (program.actor, program.on_behalf_of) == ("cli_1", "usr_ana")
