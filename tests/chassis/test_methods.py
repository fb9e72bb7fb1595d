"""Serializers are made once, and nothing of one request is in the next."""

import threading

import pytest
from rest_framework.exceptions import ValidationError

from chassis.methods import built
from chassis.serializers import Integer, Strict


class Parcel(Strict):
    weight = Integer()


def test_a_shape_is_built_once():
    assert built(Parcel) is built(Parcel)


def test_a_refusal_leaves_nothing_behind():
    with pytest.raises(ValidationError):
        built(Parcel).run_validation({"weight": "heavy"})

    assert built(Parcel).run_validation({"weight": 2}) == {"weight": 2}


def test_many_threads_read_with_the_same_serializer():
    read: list[int] = []

    def ask(weight):
        read.append(built(Parcel).run_validation({"weight": weight})["weight"])

    threads = [threading.Thread(target=ask, args=(weight,)) for weight in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(read) == [*range(50)]
