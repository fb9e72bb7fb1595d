"""Every table is in the database of its own service."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import router

from chassis.topology import SERVICES
from config.routers import USERS_TOO

MODELS = [model for service in SERVICES for model in apps.get_app_config(service).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_belongs_to_its_service_alone(model):
    service = model._meta.app_label

    homes = [alias for alias in settings.DATABASES if router.allow_migrate_model(alias, model)]

    assert (router.db_for_read(model), router.db_for_write(model), homes) == (service, service, [service])


@pytest.mark.parametrize("app_label", ["auth", "contenttypes", "oauth2_provider"])
def test_what_accounts_need_belongs_to_users(app_label):
    homes = [alias for alias in settings.DATABASES if router.allow_migrate(alias, app_label)]

    assert homes == ["users"]


def test_no_row_of_one_service_relates_to_a_row_of_another():
    one_of_each = [apps.get_model(service, "OutboxEvent")() for service in SERVICES]

    related = [
        (one._meta.app_label, other._meta.app_label)
        for one in one_of_each
        for other in one_of_each
        if router.allow_relation(one, other)
    ]

    assert related == [(service, service) for service in SERVICES]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_table_refers_to_a_table_of_another_service(model):
    service = model._meta.app_label
    own = {service, *(USERS_TOO if service == "users" else ())}

    referred = {field.related_model._meta.app_label for field in model._meta.get_fields() if field.related_model}

    assert referred <= own
