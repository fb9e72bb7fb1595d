"""The image and the compose file, proved where no engine is present.

What the image holds is copied to a folder, and processes start there with exactly what their containers are given.
"""

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
import yaml

from chassis.topology import SERVICES
from deploy import credentials, postgres
from deploy.processes import BASE, PYTHON, free_ports, wait_until
from tests.proving import rarely
from tests.topologies.stores import HASTY

DEPLOY = BASE / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
STAGES = {stage.split()[2]: stage for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]}
STORES = {"postgres": 5432, "valkey": 6379}


def composed(text):
    """What Compose reads where no variable is set."""
    while (shorter := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)) != text:
        text = shorter
    return yaml.safe_load(text)


COMPOSE = composed((DEPLOY / "compose.yaml").read_text())
CONTAINERS = COMPOSE["services"]
OF_SERVICES = {name: one for name, one in CONTAINERS.items() if "SERVICES" in one.get("environment", {})}
(TOGETHER,) = (
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", (DEPLOY / "README.md").read_text(), re.DOTALL)
)


def let_through():
    """The paths that .dockerignore lets through to the build."""
    return [line[1:] for line in rules() if line.startswith("!")]


def rules():
    lines = (BASE / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def files_of_ours(*paths):
    """The files under these paths that git keeps, or would."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(words, cwd=BASE, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if (BASE / name).is_file()]


def with_override(name):
    """A container as the override of the README changes it."""
    one, other = CONTAINERS[name], TOGETHER["services"][name]
    return {
        "environment": {**one["environment"], **other["environment"]},
        "secrets": one["secrets"] + other["secrets"],
    }


def command(stage):
    """What the image starts: the words of its CMD, with this Python."""
    words = json.loads(re.findall(r"^CMD (.*)$", STAGES[stage], re.MULTILINE)[-1])
    return [PYTHON if word == "python" else word for word in words]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with what the image is built from."""
    folder = tmp_path_factory.mktemp("image")
    for name in files_of_ours(*let_through()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BASE / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """The secret files of the whole product."""
    folder = tmp_path_factory.mktemp("secrets")
    credentials.write_missing(folder)
    return folder


@pytest.fixture
def told(secrets, tmp_path):
    """What a container's process finds in its environment, its secrets beside it and nobody else's."""
    mounted = tmp_path / "run" / "secrets"
    mounted.mkdir(parents=True)

    def told(container, **given):
        for name in container.get("secrets", ()):
            shutil.copy(secrets / name, mounted / name)
        of_image = dict(word.split("=", 1) for word in re.search(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)[1].split())
        here = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var"), "HOME": str(tmp_path), **given}
        words = {**of_image, **container["environment"], **here}
        return {name: str(word).replace("/run/secrets", str(mounted)) for name, word in words.items()}

    return told


def run(words, folder, environment):
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def running(words, folder, environment, log):
    with (
        log.open("wb") as stream,
        subprocess.Popen(words, cwd=folder, env=environment, stdout=stream, stderr=stream) as one,
    ):
        try:
            yield one
        finally:
            one.terminate()


def test_the_build_sees_what_git_knows_and_nothing_that_is_private():
    paths = let_through()

    strangers = [path for path in paths if not files_of_ours(path)]

    assert rules()[0] == "*"
    assert strangers == []
    assert [path for path in paths if path.startswith((".", "var"))] == []


def test_no_secret_is_part_of_the_image():
    assert not re.search(r"SECRET|KEY|PASSWORD|DATABASE_URL", DOCKERFILE)


def test_every_image_from_elsewhere_names_its_version():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = {*bases, *(one["image"] for one in CONTAINERS.values() if "build" not in one)} - {*STAGES}

    unpinned = [image for image in images if not re.search(r":\d+[.]\d+", image)]

    # PostgreSQL's first number is the whole release: what follows it are corrections.
    assert unpinned == ["postgres:18"]


def test_nobody_runs_as_root():
    users = {name: one.get("user") for name, one in CONTAINERS.items() if "build" not in one}

    assert re.findall(r"^USER (.*)$", STAGES["product"], re.MULTILINE) == ["10001:10001"]
    assert "USER" not in STAGES["service"] + STAGES["gateway"]
    assert users == {"postgres": "postgres", "valkey": "valkey"}


def test_only_the_gateway_is_reached_from_outside_and_from_this_machine_alone():
    published = {name: one["ports"] for name, one in CONTAINERS.items() if "ports" in one}

    assert published == {"gateway": ["127.0.0.1:8000:8000"]}


def test_the_gateway_does_not_reach_what_keeps_the_rows():
    assert not {*CONTAINERS["gateway"]["networks"]} & {*CONTAINERS["postgres"]["networks"]}
    assert COMPOSE["networks"]["stores"]["internal"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_migrated_then_served_once_and_worked_for_once(service):
    mine = {name: one for name, one in OF_SERVICES.items() if one["environment"]["SERVICES"] == service}

    commands = {name: " ".join(one.get("command", ["as the image"])) for name, one in mine.items()}

    assert commands == {
        service: "as the image",
        f"{service}-worker": "python manage.py work",
        f"{service}-migrate": "python manage.py migrate",
    }
    for name in (service, f"{service}-worker"):
        assert mine[name]["depends_on"][f"{service}-migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_its_own_secrets_alone(service):
    given = {
        name for one in OF_SERVICES.values() if one["environment"]["SERVICES"] == service for name in one["secrets"]
    }

    assert given == {f"{service}_secret", f"{service}_signing_key", f"{service}_database_url"}


def test_every_secret_is_made_by_the_command():
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}

    folders = {(DEPLOY / file).resolve() for file in files.values()}

    assert folders == {credentials.FOLDER / name for name in credentials.credentials()}
    assert all(file.endswith(f"/{name}") for name, file in files.items())


@pytest.mark.parametrize("name", [*OF_SERVICES, "gateway"])
def test_every_address_is_that_of_a_container_on_a_network_of_ours(name, secrets):
    container = CONTAINERS[name]
    port_of_image = int(re.search(r"PORT=(\d+)", DOCKERFILE)[1])
    elsewhere = {"PUBLIC_URL", "EMAIL_URL"}
    given = [word for key, word in container["environment"].items() if key.endswith("_URL") and key not in elsewhere]
    kept = [(secrets / secret).read_text() for secret in container.get("secrets", ()) if secret.endswith("_url")]

    addresses = [urlsplit(address) for address in given + kept]

    assert len(addresses) >= len(SERVICES)
    for address in addresses:
        assert address.port == STORES.get(address.hostname, port_of_image)
        assert {*container["networks"]} & {*CONTAINERS[address.hostname]["networks"]}


@pytest.mark.parametrize("service", ["orders", *rarely("users", "payments")])
def test_a_process_finds_all_it_needs_in_its_container(service, image, told):
    checked = run([PYTHON, "manage.py", "check"], image, told(CONTAINERS[service]))

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("kind", ["secret", "signing_key", "database_url"])
def test_a_process_without_one_of_its_secrets_says_which(kind, image, told):
    container = {**CONTAINERS["orders"], "secrets": {*CONTAINERS["orders"]["secrets"]} - {f"orders_{kind}"}}

    checked = run([PYTHON, "manage.py", "check"], image, told(container))

    assert checked.returncode != 0
    assert f"ORDERS_{kind.upper()}_FILE" in checked.stderr


@pytest.mark.parametrize("name", ["users", *rarely("users-worker")])
def test_two_services_find_all_they_need_in_one_container(name, image, told):
    checked = run([PYTHON, "manage.py", "check"], image, told(with_override(name)))

    assert checked.returncode == 0, checked.stderr


def test_the_image_serves_from_what_it_holds_and_its_probe_knows(image, told, tmp_path):
    (port,) = free_ports(1)
    here = told(CONTAINERS["users"], HOST="127.0.0.1", PORT=port, PUBLIC_URL="https://shop.example")
    (tmp_path / "run" / "secrets" / "users_database_url").write_text(f"sqlite:///{tmp_path / 'users.sqlite3'}")
    probe = [PYTHON, "-m", "deploy.probe", "/readyz"]
    refused = run(probe, image, here)
    run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], image, here)

    with running(command("service"), image, here, tmp_path / "log"):
        wait_until(lambda: run(probe, image, here).returncode == 0, what="the image's server", pause=0.5)
        paths = ("/", "/docs/orders", "/problems/not-found", "/services/users/jwks.json", "/openapi/users/v1.json")
        answers = {path: ask(port, path).status_code for path in paths}

    assert refused.returncode != 0
    assert answers == dict.fromkeys(paths, 200)


def ask(port, path):
    return requests.get(f"http://127.0.0.1:{port}{path}", headers={"Host": "shop.example"}, timeout=10)


def test_the_gateway_is_written_from_what_its_container_is_given(image, told):
    written = run([*command("gateway"), "--print"], image, told(CONTAINERS["gateway"]))

    assert written.returncode == 0, written.stderr
    assert all(f"{service}:8000" in written.stdout for service in SERVICES)
    assert "bind 0.0.0.0" in written.stdout


def test_a_role_of_the_databases_is_let_into_its_own_alone(secrets, tmp_path):
    tmp_path.chmod(0o755)
    server = postgres.start(tmp_path / "server", settings=HASTY)
    try:
        make_databases(server, secrets)

        reached = {
            service: [there for there in (*SERVICES, "postgres") if lets_in(server, secrets, service, there)]
            for service in SERVICES
        }
    finally:
        server.end()

    assert reached == {service: [service] for service in SERVICES}


def make_databases(server, secrets):
    """Run the script as PostgreSQL's official image would."""
    superuser = urlsplit(server.url("postgres"))
    programs = postgres._programs(postgres._place(server.folder))
    here = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SECRETS": str(secrets),
        "POSTGRES_USER": "postgres",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGPASSWORD": superuser.password,
    }
    made = run([DEPLOY / "databases.sh"], BASE, here)
    assert made.returncode == 0, made.stderr


def lets_in(server, secrets, service, database):
    """Whether the service's role may make a table in that database; only for want of a permission it may not."""
    password = urlsplit((secrets / f"{service}_database_url").read_text()).password
    address = f"postgresql://{service}:{password}@127.0.0.1:{server.port}/{database}"
    try:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept (id int)")
    except psycopg.OperationalError as exc:
        return "permission denied for database" not in str(exc)
    return True


def test_credentials_are_made_once_and_kept_from_other_people(tmp_path):
    folder = tmp_path / "secrets"
    made = credentials.write_missing(folder)
    texts = [file.read_text() for file in made]

    again = credentials.write_missing(folder)

    assert (again, len({*texts})) == ([], len(credentials.credentials()))
    assert texts == [file.read_text() for file in made]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_compose_accepts_the_file_and_the_override_of_the_readme(tmp_path):
    if not shutil.which("docker") or run(["docker", "compose", "version"], BASE, os.environ).returncode:
        pytest.skip("needs docker with its compose plugin")
    together = tmp_path / "together.yaml"
    together.write_text(yaml.safe_dump(TOGETHER))

    words = ["docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "-f", str(together), "config", "--quiet"]
    shown = run(words, BASE, os.environ)

    assert shown.returncode == 0, shown.stderr
