# The commands people type. They need Python 3.11 or newer with its venv module, and nothing else.

PYTHON ?= python3
PORT ?= 8000
URL ?= http://127.0.0.1:$(PORT)
FILE ?= demo/online_retail_2010-12-01.csv
ARGS ?=

BIN := .venv/bin
# What runs long comes first, so that all end at the same time. Much of it waits for servers, so there are three of them.
TOGETHER := $(addprefix tests/,journeys browser postgres) $(filter-out \
	$(addprefix tests/,journeys browser postgres users orders payments __pycache__),\
	$(patsubst %/,%,$(wildcard tests/*/)))
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

# What installs it: the names that apt-get, dnf and brew have for it.
how_to_get = $(shell \
	if command -v sudo >/dev/null; then sudo=sudo; fi; \
	if command -v apt-get >/dev/null; then echo $$sudo apt-get install -y $(1); \
	elif command -v dnf >/dev/null; then echo $$sudo dnf install -y $(2); \
	elif command -v brew >/dev/null; then echo brew install $(3); \
	else echo install it; fi)
HOW_TO_GET_PYTHON = $(call how_to_get,python3 python3-venv,python3.12,python@3.13)
HOW_TO_GET_NODE = $(call how_to_get,nodejs npm,nodejs npm,node)

.DEFAULT_GOAL := help
.PHONY: help setup run split logs demo topology test check check-api contracts equivalence chaos prove pictures openapi release-api bench-reads bench-writes bench-observing bench-pages bench-calls bench-hanging bench-confirming bench-draining lock clean

# Without bytecode every process compiles all it loads anew, which takes longer than the rest of its start.
unexport PYTHONDONTWRITEBYTECODE
# One process is asked for its part of this; all of them have the others' names, too.
unexport SERVICES
SERVICES := users|orders|payments

help: ## Show what can be typed
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '%-20s %s\n' "$$name" "$$what"; done

setup: .venv/.installed var/.migrated ## Install the locked packages, make .env and the databases (the others do it first)

run: export PORT := $(PORT)
run: setup ## Serve the shop on PORT=8000 and trade the demo day into it (DEMO=0: empty)
	$(BIN)/python manage.py serve $(PORT)

split: export PUBLIC_URL := http$(if $(filter 1,$(TLS)),s)://127.0.0.1:$(PORT)
split: setup ## Serve it as three services with PostgreSQL, Valkey and a gateway (SERVICES="users,orders|payments", TLS=1)
	$(BIN)/python -m deploy.split $(if $(filter 1,$(TLS)),--tls) "$(SERVICES)"

logs: setup ## Show every line that the split has logged of a request, REQUEST= (ARGS=--follow)
	$(BIN)/python -m deploy.logs "$(REQUEST)" $(ARGS)

topology: setup ## Show where every service is, how it is, and who calls whom
	$(BIN)/python manage.py topology

demo: setup ## Trade a day, FILE=, against a running server, URL=
	$(BIN)/python -m demo "$(FILE)" --url "$(URL)" $(ARGS)

test: setup ## Run the tests, twenty minutes on two cores (ARGS= goes to pytest)
	TEST_DATABASES=postgresql $(BIN)/python -m tests.alone
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TOGETHER) $(ARGS)

check: setup ## Lint, types, layers, system checks, missing migrations, the API's promises
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py openapi --check
	$(BIN)/python -m tests.contracts check
	$(BIN)/python manage.py permissions --check
	$(BIN)/python -m tests.security

check-api: setup tests/graders/node_modules/.installed ## Have spectral and schemathesis grade the API (needs Node; ARGS=)
	$(BIN)/python manage.py openapi --check
	$(BIN)/python -m tests.graders $(ARGS)

contracts: setup ## Show that what breaks clients is caught (with npm: ask Optic, too)
	$(BIN)/python -m tests.contracts show

equivalence: setup ## Ask every topology the same and compare the answers
	$(BIN)/python -m tests.equivalence $(ARGS)

chaos: setup ## Kill every process at named points while it trades, and see that nothing is lost (ARGS="--seed 7")
	$(BIN)/python -m tests.chaos $(ARGS)

prove: equivalence .venv-scan/.installed ## Equivalence, what takes long, and everything again on PostgreSQL
	$(BIN)/python -m tests.alone
	$(BIN)/python -m pytest -n 2 tests/users tests/orders tests/payments
	$(BIN)/python -m pytest -m prove
	TEST_DATABASES=postgresql $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TOGETHER)
	TEST_DATABASES=postgresql $(BIN)/python -m pytest -m prove

pictures: setup ## Draw the screenshots of the README anew (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

openapi: setup ## Write docs/api/: what each service answers, and what each client reads of it
	$(BIN)/python manage.py openapi
	$(BIN)/python -m tests.contracts record

release-api: setup ## Take the API descriptions as released (ARGS=--breaking where they break what was)
	$(BIN)/python -m tests.contracts take $(ARGS)

bench-reads: .venv-bench/.installed ## Compare the CPU of lists and single orders with DRF, Ninja, FastAPI (ARGS="--rounds 2")
	.venv-bench/bin/python -m benchmarks.reads $(ARGS)

bench-writes: .venv-bench/.installed ## Compare the CPU of placing an order with theirs
	.venv-bench/bin/python -m benchmarks.writes $(ARGS)

bench-observing: .venv-bench/.installed ## Compare a list with and without metrics and traces
	.venv-bench/bin/python -m benchmarks.observing $(ARGS)

bench-pages: .venv-bench/.installed ## Compare pages deep in a million orders with theirs
	.venv-bench/bin/python -m benchmarks.pages $(ARGS)

bench-calls: .venv-bench/.installed ## Compare a call in process with the ORM, with loopback, requests, httpx and gRPC
	.venv-bench/bin/python -m benchmarks.calls $(ARGS)

bench-hanging: setup ## Let a neighbour hang under a hundred clients, protected and not (ARGS="--hang 10")
	$(BIN)/python -m benchmarks.hanging $(ARGS)

bench-confirming: setup ## Measure how long after its payment an order is confirmed (ARGS="--orders 20")
	$(BIN)/python -m benchmarks.confirming $(ARGS)

bench-draining: setup ## Compare four workers with one on announcements that have piled up (ARGS="--announcements 1000")
	$(BIN)/python -m benchmarks.draining $(ARGS)

lock: .venv/.installed ## Move every dependency to its newest allowed version
	$(COMPILE) pyproject.toml --extra otel --group split --group test --group browser --group contract --group security --group lint -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra otel --group split --group test --group browser --constraint requirements/dev.txt -o requirements/test.txt
	$(COMPILE) pyproject.toml --extra otel --group split --group bench --constraint requirements/dev.txt -o requirements/bench.txt
	$(COMPILE) pyproject.toml --extra otel --group split --constraint requirements/dev.txt -o requirements/split.txt
	$(COMPILE) pyproject.toml --extra otel --constraint requirements/dev.txt -o requirements/run.txt
	$(COMPILE) --group scan -o requirements/scan.txt
	echo uv | $(COMPILE) - --no-annotate -o requirements/uv.txt

clean: ## Remove the virtual environment and every cache; var/ and .env stay
	rm -rf .venv .venv-bench .venv-scan .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis tests/graders/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer, with venv, is missing: $(HOW_TO_GET_PYTHON) (not called $(PYTHON)? Add PYTHON=its-name)"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

tests/graders/node_modules/.installed: tests/graders/package-lock.json
	@command -v npm >/dev/null || { echo "Node is missing: $(HOW_TO_GET_NODE)"; exit 1; }
	@npm ci --silent --prefix tests/graders
	@touch $@

.venv-bench/.installed: .venv/.installed requirements/bench.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-bench
	@$(BIN)/uv pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements/bench.txt
	@touch $@

.venv-scan/.installed: .venv/.installed requirements/scan.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-scan
	@$(BIN)/uv pip sync --quiet --python .venv-scan/bin/python --require-hashes requirements/scan.txt
	@touch $@

# A `.env` that is there is yours and is left alone.
.env:
	@cp .env.example .env

var/.migrated: .venv/.installed .env $(wildcard apps/*/migrations/*.py)
	@mkdir -p var
	@$(BIN)/python manage.py migrate --verbosity 0
	@touch $@
