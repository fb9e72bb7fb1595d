"""An address that a user gave leads nowhere but outside, and costs no more than was allowed."""

import json
import socket
import threading
import time

import pytest
from django.db.transaction import atomic

from chassis import fetching
from chassis.fetching import ForbiddenTarget, Network, UnreachableTarget, fetch, is_public, require_fetchable
from chassis.transactions import OpenTransaction
from deploy.authority import Authority
from tests.chassis.strangers import serving

HERE, ELSEWHERE, PRIVATE = "127.0.0.1", "127.0.0.2", "10.0.0.1"
NAME = "hooks.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), hosts=())


@pytest.fixture
def server(authority):
    with serving(authority.certify(NAME)) as server:
        yield server


def network(authority, *answers, allowed=(HERE, ELSEWHERE)):
    """Where names lead to these addresses, at each question to the next, and those that are allowed count as public."""
    waiting = list(answers or [[HERE]])
    return Network(lambda *_: waiting.pop(0), lambda address: address in allowed, str(authority.file))


@pytest.fixture
def fetched(server, authority):
    """What comes of asking the server, as `hooks.example`."""

    def ask(path="/", *, method="GET", body=None, headers=(), seconds=5.0, port=None, through=None):
        return fetch(
            method,
            f"https://{NAME}:{port or server.server_port}{path}",
            body=body,
            headers=dict(headers),
            timeout_seconds=seconds,
            max_bytes=100_000,
            network=through or network(authority),
        )

    return ask


# What a URL may look like

GOOD = [
    "https://hooks.example",
    "HTTPS://Hooks.Example/a/b?c=d&e=%20f",
    "https://hooks.example?c=d",
    "https://hooks.example:8443/",
    "https://xn--hks-hna.example/",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
]
BAD = {
    "http": "http://hooks.example/",
    "no scheme": "//hooks.example/",
    "another scheme": "gopher://hooks.example/",
    "a user": "https://ana@hooks.example/",
    "a user who ends in a port": "https://hooks.example:443@10.0.0.1/",
    "a fragment": "https://hooks.example/#a",
    "an empty fragment": "https://hooks.example/#",
    "a backslash": "https://hooks.example\\@10.0.0.1/",
    "a blank": "https://hooks.example/ a",
    "a new line": "https://hooks.example/\n",
    "a line in the name": "https://hooks.exam\nple/",
    "a zero byte": "https://hooks.example\0.example/",
    "a percent in the name": "https://127%2e0.0.1/",
    "half a percent": "https://hooks.example/%2",
    "other letters": "https://h\u014dks.example/",
    "a letter that folds to another": "https://hoo\u212as.example/",
    "a port for others": "https://hooks.example:22/",
    "no port": "https://hooks.example:/",
    "too large a port": "https://hooks.example:65536/",
    "too long": f"https://hooks.example/{'a' * 1979}",
    "too long a name": f"https://{'a.' * 130}example/",
    "too long a label": f"https://{'a' * 64}.example/",
    "no host": "https:///a",
    "a name without a dot": "https://users/",
    "localhost": "https://localhost/",
    "a name below localhost": "https://a.localhost/",
    "a name of a cloud's inside": "https://metadata.google.internal/",
    "a trailing dot": "https://hooks.example./",
    "an empty label": "https://hooks..example/",
    "127.0.0.1": "https://127.0.0.1/",
    "127.0.0.1 with a dot": "https://127.0.0.1./",
    "127.0.0.1 as one number": "https://2130706433/",
    "127.0.0.1 in octal": "https://0177.0.0.1/",
    "127.0.0.1 in octal as one": "https://017700000001/",
    "127.0.0.1 in hex": "https://0x7f.0x0.0x0.0x1/",
    "127.0.0.1 in hex as one": "https://0x7f000001/",
    "127.0.0.1 in short": "https://127.1/",
    "127.0.0.1 in full": "https://127.000.000.001/",
    "127.0.0.1 with dots of Japan": "https://127\u30020\u30020\u30021/",
    "127.0.0.1 in wide digits": "https://\uff11\uff12\uff17.0.0.1/",
    "127.0.0.1 in circles": "https://\u2460\u2461\u2466.0.0.1/",
    "127.0.0.1 in IPv6": "https://[::ffff:127.0.0.1]/",
    "127.0.0.1 in IPv6 in hex": "https://[::ffff:7f00:1]/",
    "no address": "https://[::g]/",
    "an address with a zone": "https://[fe80::1%25eth0]/",
    "IPv4 in brackets": "https://[127.0.0.1]/",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url_that_leads_outside_is_taken(url):
    require_fetchable(url)


@pytest.mark.parametrize("kind", BAD)
def test_a_url_that_cannot_be_meant_for_the_outside_is_not_taken(kind):
    with pytest.raises(ForbiddenTarget):
        require_fetchable(BAD[kind])


@pytest.mark.parametrize("kind", BAD)
def test_what_is_not_taken_is_not_fetched_either_and_no_name_is_looked_up(kind):
    unasked = Network(lambda *_: pytest.fail("a name was looked up"))

    with pytest.raises(ForbiddenTarget):
        fetch("GET", BAD[kind], body=None, headers={}, timeout_seconds=1, max_bytes=1, network=unasked)


# Which addresses are public

NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::127.0.0.1 ::8.8.8.8 100::1 64:ff9b:1::808:808 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1
5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe::1
64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe
2001:0:a00:1:0:0:f7f7:f7f7 2001:0:808:808:0:0:80ff:fffe
"""
PUBLIC = """
8.8.8.8 1.1.1.1 172.32.0.1 2606:4700:4700::1111 2a00:1450::1
::ffff:8.8.8.8 2002:808:808::1 64:ff9b::808:808 2001:0:808:808:0:0:f7f7:f7f7
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_for_the_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_a_name_that_leads_to_an_inside_is_not_asked(address):
    inside = Network(lambda *_: [address])

    with pytest.raises(ForbiddenTarget) as refused:
        fetch("GET", f"https://{NAME}/", body=None, headers={}, timeout_seconds=1, max_bytes=1, network=inside)

    assert address not in str(refused.value)


@pytest.mark.parametrize("answer", [[HERE, PRIVATE], [PRIVATE, HERE]])
def test_one_address_that_is_not_allowed_forbids_the_name(fetched, server, authority, answer):
    with pytest.raises(ForbiddenTarget):
        fetched(through=network(authority, answer))

    assert server.asked == []


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_where_it_led_at_first(
    fetched, server, authority, monkeypatch
):
    looked_up, look_up = [], socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *of, **how: looked_up.append(of[0]) or look_up(*of, **how))

    with serving(authority.certify(NAME), ELSEWHERE, server.server_port) as other:
        answer = fetched(through=network(authority, [HERE], [ELSEWHERE]))

    assert json.loads(answer.body)["at"] == HERE
    assert other.asked == []
    assert {*looked_up} <= {HERE}


def test_names_are_looked_up_where_the_machine_does():
    assert {*fetching.INTERNET.resolve("localhost", 443)} <= {HERE, "::1"}


# What is sent, and to whom


def test_what_is_given_is_sent_and_nothing_else(fetched, server, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine {NAME} login ana password secret")
    for name, value in {"HOME": str(tmp_path), "HTTPS_PROXY": "https://10.0.0.1", "ALL_PROXY": "https://x"}.items():
        monkeypatch.setenv(name, value)

    answer = fetched("/?a=%20b", method="POST", body=b"{}", headers={"X-Signature": "v1", "host": "users"})

    told = json.loads(answer.body)
    headers = told.pop("headers")
    assert told == {"method": "POST", "path": "/?a=%20b", "body": "{}", "sni": NAME, "at": HERE}
    assert headers == {
        "Host": f"{NAME}:{server.server_port}",
        "X-Signature": "v1",
        "User-Agent": "Tearline",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": "2",
    }


def test_the_port_of_https_is_not_said():
    assert fetching._target(f"https://{NAME}:443/").netloc == NAME
    assert fetching._target("https://[2606:4700::1]:8443/").netloc == "[2606:4700::1]:8443"


def test_a_redirect_is_an_answer_and_is_not_followed(fetched, server):
    answer = fetched("/elsewhere")

    assert (answer.status, answer.headers["location"]) == (307, f"https://{HERE}:{server.server_port}/")
    assert server.asked == ["/elsewhere"]


def test_a_cookie_is_not_brought_back(fetched):
    fetched("/elsewhere")

    assert "Cookie" not in json.loads(fetched().body)["headers"]


@pytest.mark.parametrize("named", ["another.example", f"a.{NAME}", HERE])
def test_whoever_is_certified_for_another_name_is_not_told_anything(fetched, authority, named):
    with serving(authority.certify(named)) as other, pytest.raises(UnreachableTarget, match="CertVerification"):
        fetched(port=other.server_port)

    assert other.asked == []


def test_whoever_is_certified_by_somebody_else_is_not_told_anything(fetched, server, tmp_path):
    with pytest.raises(UnreachableTarget, match="CertVerification"):
        fetched(through=network(Authority(tmp_path)))

    assert server.asked == []


def test_the_next_address_is_asked_where_one_does_not_answer(fetched, authority):
    assert fetched(through=network(authority, [ELSEWHERE, HERE])).status == 200


@pytest.mark.django_db(transaction=True)
def test_nothing_is_fetched_while_a_transaction_is_open(fetched, server):
    with pytest.raises(OpenTransaction), atomic(using="users"):
        fetched()

    assert server.asked == []


# What it may cost


@pytest.mark.parametrize("path", ["/slow_body", "/slow_head", "/nothing"])
def test_an_answer_that_drips_in_is_given_up_at_the_end_of_the_time_for_all_of_it(fetched, path):
    began = time.monotonic()

    with pytest.raises(UnreachableTarget, match="too long"):
        fetched(path, seconds=0.5)

    assert time.monotonic() - began < 1


def test_whoever_reads_nothing_of_what_is_sent_is_given_up_in_time(fetched):
    began = time.monotonic()

    with pytest.raises(UnreachableTarget, match="too long"):
        fetched("/nothing", method="POST", body=bytes(30_000_000), seconds=0.5)

    assert time.monotonic() - began < 1


def test_whoever_accepts_and_says_no_word_of_tls_is_given_up_in_time(fetched):
    began = time.monotonic()

    with socket.create_server((HERE, 0)) as silent, pytest.raises(UnreachableTarget):
        fetched(port=silent.getsockname()[1], seconds=0.5)

    assert time.monotonic() - began < 1


def test_a_name_server_that_takes_its_time_is_not_waited_for(fetched, authority):
    is_over, began = threading.Event(), time.monotonic()

    def slow(*_):
        is_over.wait(5)
        return [HERE]

    with pytest.raises(UnreachableTarget, match="too long"):
        fetched(seconds=0.3, through=Network(slow, lambda _: True, str(authority.file)))

    is_over.set()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", ["/endless_body", "/endless_chunk", "/endless_head"])
def test_an_answer_without_end_is_read_no_further_than_was_allowed(fetched, path):
    with pytest.raises(UnreachableTarget, match="more than is read"):
        fetched(path)


def test_what_was_packed_stays_packed(fetched):
    answer = fetched("/bomb")

    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 20_000


@pytest.mark.parametrize("path", ["/half", "/less_than_nothing", "/nonsense"])
def test_an_answer_that_cannot_be_read_is_none(fetched, path):
    with pytest.raises(UnreachableTarget):
        fetched(path)


def test_a_name_that_nobody_knows_is_out_of_reach(fetched, authority):
    def unknown(*_):
        raise socket.gaierror

    with pytest.raises(UnreachableTarget, match="not known"):
        fetched(through=Network(unknown, lambda _: True, str(authority.file)))


def test_where_nobody_listens_nobody_is_reached(fetched):
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(UnreachableTarget, match="ConnectionRefused"):
        fetched(port=port)
