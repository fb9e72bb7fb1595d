"""Who is asking."""

import pytest

from chassis.callers import NOBODY, Caller, nobody


def test_nobody_has_no_name_and_may_do_nothing():
    assert nobody() is NOBODY
    assert (NOBODY.id, NOBODY.service, str(NOBODY)) == ("", "", "nobody")
    assert NOBODY.is_anonymous
    assert not NOBODY.is_authenticated
    assert not NOBODY.may("orders:read")


@pytest.mark.parametrize("kind", ["user", "service", "payer"])
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
