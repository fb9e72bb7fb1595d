"""What is personal is said of every column, and what is said is what is done."""

from importlib import import_module

import pytest
from django.db import models

from apps.orders.models import OutboxEvent, StockMovement
from chassis.personal import Deleted, Kept, Person, Whose, columns_of, erase, models_in, tombstone, unclassified
from chassis.topology import topology

HOSTED = topology().hosted


def map_of(service):
    return import_module(f"apps.{service}.pii").PERSONAL


@pytest.mark.parametrize("service", HOSTED)
def test_of_every_column_that_can_hold_what_people_write_it_is_said_what_becomes_of_it(service):
    assert unclassified(models_in(service), map_of(service)) == []


@pytest.mark.parametrize("service", HOSTED)
def test_a_map_names_no_column_that_there_is_not(service):
    known = map_of(service)

    strange = [
        f"{model.__name__}.{name}"
        for model in models_in(service)
        for name in columns_of(model, known)
        if name not in {column.name for column in model._meta.get_fields()}
    ]

    assert strange == []


@pytest.mark.parametrize("service", HOSTED)
def test_whatever_is_kept_is_kept_for_a_reason(service):
    columns = [column for model in models_in(service) for column in columns_of(model, map_of(service)).values()]

    assert all(column.because for column in columns if isinstance(column, Kept))


@pytest.mark.parametrize(
    "column",
    [
        *(models.CharField(max_length=5), models.TextField(), models.JSONField(), models.EmailField()),
        *(models.BinaryField(), models.URLField(), models.GenericIPAddressField(), models.FileField()),
    ],
    ids=lambda column: type(column).__name__,
)
def test_a_new_column_has_to_be_classified_whatever_words_it_holds(column):
    column.set_attributes_from_name("nickname")
    model = type("Meeting", (), {"_meta": type("Meta", (), {"concrete_fields": [column]}), "__mro__": ()})

    assert unclassified([model], {}) == ["Meeting.nickname"]
    assert unclassified([model], {model: Deleted("user_id")}) == []


def test_numbers_times_and_choices_need_no_word():
    assert unclassified([StockMovement], {}) == ["StockMovement.reference", "StockMovement.actor"]


@pytest.mark.django_db
def test_of_somebody_nothing_is_done_to_the_rows_of_another_or_of_nobody():
    OutboxEvent.objects.create(stream="s", number=1, type="t", data={"customer": "usr_b"})

    erase([OutboxEvent], {OutboxEvent: Whose("stream", type=Kept("a word"))}, Person("another"))

    assert OutboxEvent.objects.get().data == {"customer": "usr_b"}


def test_a_tombstone_is_no_mailbox_and_everybody_has_their_own():
    assert tombstone("usr_a") == "erased+usr_a@invalid"
