"""What happens at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.users.models import SignIn, User
from apps.users.services import accounts, sign_ins
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
