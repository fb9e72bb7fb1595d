"""A database that is away, or that had to give up, is no crash: whoever asks again later may be served."""

import sqlite3

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connections
from django.http import JsonResponse
from django.urls import path
from psycopg_pool import PoolTimeout

from chassis import middleware
from chassis.problems import DependencyUnavailable, InternalError, as_problem


def raised_by(cause, kind=OperationalError):
    """The exception of Django that stands for one of a driver."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def of_sqlite(name):
    cause = sqlite3.OperationalError(name)
    cause.sqlite_errorname = name
    return cause


@pytest.mark.parametrize(
    "cause",
    [
        PoolTimeout("no connection in time"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.DeadlockDetected("deadlock detected"),
        psycopg.errors.LockNotAvailable("lock timeout"),
        psycopg.errors.SerializationFailure("could not serialize access"),
        of_sqlite("SQLITE_BUSY"),
        of_sqlite("SQLITE_CANTOPEN"),
    ],
    ids=lambda cause: f"{type(cause).__name__} {cause}",
)
def test_what_a_database_cannot_do_now_may_be_asked_again(cause):
    problem = as_problem(raised_by(cause))

    assert (type(problem), problem.headers) == (DependencyUnavailable, {"Retry-After": "1"})


def test_a_connection_that_was_closed_may_be_asked_again():
    assert isinstance(as_problem(InterfaceError("connection already closed")), DependencyUnavailable)


@pytest.mark.parametrize(
    "bug",
    [
        raised_by(of_sqlite("SQLITE_ERROR")),
        raised_by(psycopg.errors.UndefinedTable("no such table"), ProgrammingError),
    ],
    ids=["SQLite", "PostgreSQL"],
)
def test_a_table_that_is_missing_is_a_bug_on_either_database(bug):
    assert isinstance(as_problem(bug), InternalError)


@pytest.mark.django_db
def test_the_database_of_these_tests_says_of_a_missing_table_what_both_do():
    with pytest.raises((OperationalError, ProgrammingError)) as missing, connections["orders"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")

    assert isinstance(as_problem(missing.value), InternalError)


@pytest.mark.parametrize("when", ["before the view", "in the view"])
def test_a_page_of_django_alone_is_a_problem_too(mount, api, monkeypatch, settings, when):
    settings.DEBUG = False

    def cut_off(*_):
        raise OperationalError("nobody answers")

    monkeypatch.setattr(middleware, "keep_up", cut_off if when == "before the view" else lambda service: None)
    mount(orders=[path("page", cut_off if when == "in the view" else lambda request: JsonResponse({}))])

    answer = api.get("/v1/page")

    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
    assert answer["Retry-After"] == "1"
