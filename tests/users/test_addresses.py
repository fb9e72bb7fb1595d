"""Keeping one's addresses."""

import pytest

from apps.users.models import Address, AuditEvent

pytestmark = pytest.mark.django_db

HOME = {"recipient": "Ana Kovač", "line1": "Ilica 1", "city": "Zagreb", "postal_code": "10000", "country": "HR"}
URL = "/v1/users/me/addresses"


@pytest.fixture
def client(signed_in, ana):
    return signed_in(ana)


@pytest.fixture
def home(client):
    return add(client).json()


def add(client, **more):
    return client.post(URL, {**HOME, **more}, format="json")


def replace(client, address, if_match="*", **more):
    headers = {"HTTP_IF_MATCH": if_match} if if_match else {}
    return client.put(f"{URL}/{address['id']}", {**HOME, **more}, format="json", **headers)


def test_an_address_is_kept_as_it_was_given(client):
    answer = add(client, company="Kovač d.o.o.", phone="+38512345678", is_default_billing=True)

    address = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{URL}/{address['id']}")
    assert address["id"].startswith("adr_")
    given = {**HOME, "company": "Kovač d.o.o.", "phone": "+38512345678", "line2": "", "region": ""}
    assert address.items() >= {**given, "is_default_shipping": False, "is_default_billing": True, "version": 1}.items()
    assert client.get(answer["Location"]).json() == address


def test_the_list_has_the_newest_first(client):
    first, second = add(client).json(), add(client, city="Split").json()

    assert [address["id"] for address in client.get(URL).json()["data"]] == [second["id"], first["id"]]


def test_nobody_sees_or_changes_the_addresses_of_others(signed_in, person, home):
    ben = signed_in(person("ben@example.com", roles=["admin"]))

    answers = [ben.get(f"{URL}/{home['id']}"), replace(ben, home), ben.delete(f"{URL}/{home['id']}")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert ben.get(URL).json()["data"] == []


def test_an_address_is_replaced_whole(client, home):
    add(client)
    answer = replace(client, home, client.get(f"{URL}/{home['id']}")["ETag"], city="Split", company="")

    assert (answer.status_code, answer.json()["city"], answer.json()["version"]) == (200, "Split", 2)
    assert answer["ETag"].startswith('"2-')


def test_what_is_left_out_is_blank_afterwards(client):
    address = add(client, line2="Second floor", phone="+38512345678", is_default_shipping=True).json()

    replaced = replace(client, address).json()

    assert (replaced["line2"], replaced["phone"], replaced["is_default_shipping"]) == ("", None, False)


@pytest.mark.parametrize(("if_match", "status"), [(None, 428), ('"7-x"', 412)])
def test_a_replacement_says_which_version_it_is_based_on(client, home, if_match, status):
    assert replace(client, home, if_match).status_code == status


@pytest.mark.parametrize("name", ["is_default_shipping", "is_default_billing"])
def test_one_address_at_most_is_the_default(client, name):
    first = add(client, **{name: True}).json()
    second = add(client, **{name: True}).json()
    third = replace(client, add(client).json(), **{name: True}).json()

    shown = {address["id"]: (address[name], address["version"]) for address in client.get(URL).json()["data"]}
    assert shown == {third["id"]: (True, 2), second["id"]: (False, 2), first["id"]: (False, 2)}


def test_what_is_the_default_stays_it_when_it_is_replaced(client):
    address = add(client, is_default_shipping=True).json()

    assert replace(client, address, is_default_shipping=True).json()["is_default_shipping"]


def test_an_address_is_removed_for_good(client, home):
    answers = [client.delete(f"{URL}/{home['id']}").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert client.get(URL).json()["data"] == []


def test_an_account_has_fifty_addresses_at_most(client, ana):
    Address.objects.bulk_create([Address(user=ana, **HOME) for _ in range(49)])

    answers = [add(client) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 422]
    assert answers[1].json()["code"] == "address_limit"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("recipient", ""),
        ("recipient", "x" * 201),
        ("line1", None),
        ("city", 5),
        ("country", "XX"),
        ("country", "hr"),
        ("country", "Croatia"),
        ("phone", "0123"),
        ("is_default_shipping", "true"),
        ("is_default_billing", None),
        ("id", "adr_1"),
        ("version", 2),
        ("user_id", "usr_1"),
    ],
)
def test_what_has_the_wrong_form_is_pointed_at(client, member, value):
    answer = add(client, **{member: value})

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [f"/{member}"])


@pytest.mark.parametrize("member", [*HOME])
def test_an_address_without_what_every_address_has_is_none(client, member):
    body = {name: value for name, value in HOME.items() if name != member}

    assert client.post(URL, body, format="json").status_code == (201 if member == "postal_code" else 400)


def test_who_is_gone_keeps_no_addresses(client, ana):
    ana.delete()

    assert add(client).status_code == 404


def test_the_trail_tells_that_addresses_were_kept_and_not_where_people_live(client, ana):
    address = add(client).json()
    replace(client, address, city="Split", is_default_billing=True)
    client.delete(f"{URL}/{address['id']}")

    added, replaced, removed = AuditEvent.objects.order_by("pk")
    assert [act.action for act in (added, replaced, removed)] == [
        "address.added",
        "address.replaced",
        "address.removed",
    ]
    assert {act.subject for act in (added, replaced, removed)} == {address["id"]}
    assert added.changes["user_id"] == [None, ana.id]
    assert replaced.changes == {"city": ["…", "…"], "is_default_billing": [False, True]}
    assert not {"Ilica 1", "Zagreb", "HR"} & {str(word) for pair in added.changes.values() for word in pair}
