"""What happens at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.users.models import Address, AuditEvent, OneTimeToken, OutboxEvent, Purpose, SignIn, User, WrongPasswords
from apps.users.services import accounts, addresses, mailboxes, passwords, people, sign_ins
from chassis.callers import Caller
from chassis.problems import Problem
from tests.users.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(times, command):
    """The outcomes of a command given by many threads: what it returned, or the code of its refusal."""

    def attempt(_):
        try:
            return command()
        except Problem as problem:
            return problem.code()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(attempt, range(times)))


def test_of_many_who_show_the_same_token_at_once_one_gets_the_next(ana):
    token = sign_ins.sign_in(email=ana.email, password=PASSWORD).refresh_token

    outcomes = at_once(8, lambda: sign_ins.refresh(refresh_token=token))

    assert outcomes.count("token_reused") == 7
    assert SignIn.objects.get().ended_at


def test_of_many_who_register_the_same_address_at_once_one_gets_it(transactional_db):
    ana = {"email": "ana@example.com", "password": PASSWORD, "full_name": "Ana"}

    outcomes = at_once(8, lambda: accounts.register(**ana))

    assert outcomes.count("email_taken") == 7
    assert User.objects.count() == 1


def test_of_many_who_show_the_token_of_a_letter_at_once_one_is_believed(ana):
    token = OneTimeToken.objects.issue(ana, Purpose.VERIFY_EMAIL)

    outcomes = at_once(8, lambda: mailboxes.verify_email(token=token))

    assert outcomes.count("one_time_token_invalid") == 7
    assert OutboxEvent.objects.filter(type="user.verified").count() == 1
    assert User.objects.get().version == 2


def test_of_many_who_reset_the_same_password_at_once_one_does(ana):
    tokens = [OneTimeToken.objects.issue(ana, Purpose.RESET_PASSWORD) for _ in range(8)]

    outcomes = at_once(8, lambda: passwords.reset_password(token=tokens.pop(), password="another long secret"))

    assert outcomes.count("one_time_token_invalid") == 7
    assert OneTimeToken.objects.filter(used_at=None).count() == 0


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com"])
def test_of_twenty_wrong_passwords_at_once_five_are_heard(ana, email):
    guesses = [f"guess {n}" for n in range(20)]

    outcomes = at_once(20, lambda: sign_ins.sign_in(email=email, password=guesses.pop()))

    assert (outcomes.count("invalid_credentials"), outcomes.count("rate_limited")) == (5, 15)
    assert WrongPasswords.objects.get().count == 5
    assert AuditEvent.objects.count() == 1


def test_of_a_right_password_among_many_wrong_ones_no_more_is_learned_than_one_by_one(ana):
    guesses = [PASSWORD, *(f"guess {n}" for n in range(19))]

    outcomes = at_once(20, lambda: sign_ins.sign_in(email=ana.email, password=guesses.pop()))

    refused = outcomes.count("invalid_credentials") + outcomes.count("rate_limited")
    assert refused in {19, 20}
    assert SignIn.objects.count() == 20 - refused


def test_whoever_knows_the_password_may_sign_in_as_often_at_once_as_they_like(ana):
    outcomes = at_once(20, lambda: sign_ins.sign_in(email=ana.email, password=PASSWORD))

    assert [type(outcome) for outcome in outcomes] == [sign_ins.Grant] * 20


def test_two_admins_who_demote_each_other_at_once_leave_one(person):
    one, other = person("one@example.com", roles=["admin"]), person("other@example.com", roles=["admin"])
    turns = [(one, other), (other, one)]

    def demote():
        by, user = turns.pop()
        caller = Caller(id=by.id, kind="user", scopes=frozenset(by.scope.split()))
        return people.change_roles(user=User.objects.get(pk=user.pk), roles=["customer"], by=caller)

    assert at_once(2, demote).count("last_admin") == 1
    assert User.objects.governing().count() == 1


def test_two_admins_who_close_each_others_accounts_at_once_leave_one(person):
    one, other = person("one@example.com", roles=["admin"]), person("other@example.com", roles=["admin"])
    turns = [(one, other), (other, one)]

    def close():
        by, user = turns.pop()
        return people.deactivate(user=user, by=Caller(id=by.id, kind="user"))

    assert at_once(2, close).count("last_admin") == 1
    assert User.objects.governing().count() == 1


def test_of_many_new_addresses_at_once_no_more_are_kept_than_an_account_has_and_one_is_the_default(ana):
    home = {"recipient": "Ana", "line1": "Ilica 1", "city": "Zagreb", "country": "HR"}
    Address.objects.bulk_create([Address(user=ana, **home) for _ in range(addresses.MOST - 4)])
    facts = {**home, "is_default_shipping": True, "is_default_billing": False}

    outcomes = at_once(8, lambda: addresses.add_address(user_id=ana.id, **facts))

    assert outcomes.count("address_limit") == 4
    assert Address.objects.filter(is_default_shipping=True).count() == 1


def test_who_changes_the_password_at_once_with_a_sign_in_is_signed_in_nowhere_with_the_old_one(ana):
    token = OneTimeToken.objects.issue(ana, Purpose.RESET_PASSWORD)
    turns = [lambda: sign_ins.sign_in(email=ana.email, password=PASSWORD)] * 7
    turns.insert(4, lambda: passwords.reset_password(token=token, password="another long secret"))

    def take_turn():
        return turns.pop()()

    at_once(8, take_turn)

    assert not SignIn.objects.filter(ended_at=None).exists()
