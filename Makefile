# Reclaim. `make` prints what there is to do.
# The set-up needs Python 3.11 or later and plain pip, and happens once: a stamp in .venv says that it is done.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,$(if $(shell $(p) -c 'import sys; print(int(sys.version_info >= (3, 11)))' 2>/dev/null | grep 1),$(p))))
VENV ?= .venv
BIN := $(VENV)/bin
TOOLS ?= .tools
DATA ?= reclaim-data
OUTBOX ?= $(DATA)/outbox
DEMO ?= reclaim-demo
PORT ?= 8620
# Hostile draws against the guard in `make soak`; a million take some twenty minutes.
DRAWS ?= 100000
# The examples are of spring 2026. Deadlines and editions depend on the day, so theirs is fixed.
EXAMPLE_DAY := $(shell cat examples/day 2>/dev/null)

# A file's tests stay in one process, and the files keep their order: the long ones (browser, chaos, e2e) begin first.
# Each process has a Kafka of its own.
BY_FILE := --dist loadfile --no-loadscope-reorder

LOCK := uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --no-header --quiet

.PHONY: help run console demo test lint bench soak kafka-up kafka-down cluster cluster-up cluster-down check-deploy sbom lock clean setup

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp ## set up, then run the main job on examples/ (a second run changes nothing)
	@$(BIN)/reclaim load folder examples examples/codes --effective 2026-01-01 --data $(DATA)
	@$(BIN)/reclaim load documentation examples/documentation.json --data $(DATA)
	@$(BIN)/reclaim load payer_profiles examples/payer_profiles/*.yaml --data $(DATA)
	@$(BIN)/reclaim run --inbox examples/inbox --outbox $(OUTBOX) --data $(DATA) --once --as-of $(EXAMPLE_DAY)
	@echo "See it in a browser: $$($(BIN)/reclaim console where --data $(DATA) 2>/dev/null || echo 'make console, then http://127.0.0.1:$(PORT)')   (with claims that keep coming: make demo)"

console: run ## the same, then serve the console over it until Ctrl-C
	@$(BIN)/reclaim console --first-user --port $(PORT) --data $(DATA)

demo: $(VENV)/run.stamp ## a stream of made-up files with the console over it, until Ctrl-C
	@mkdir -p $(DEMO)/inbox
	@$(BIN)/reclaim load folder examples examples/codes --effective 2026-01-01 --data $(DEMO) >/dev/null
	@$(BIN)/reclaim load payer_profiles examples/payer_profiles/*.yaml --data $(DEMO) >/dev/null
	@trap 'kill $$(jobs -p) 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	$(BIN)/python examples/stream.py $(DEMO)/inbox & \
	$(BIN)/reclaim run --inbox $(DEMO)/inbox --outbox $(DEMO)/outbox --data $(DEMO) --as-of $(EXAMPLE_DAY) 2>/dev/null & \
	$(BIN)/reclaim console --first-user --port $(PORT) --data $(DEMO)

test: $(VENV)/test.stamp ## set up, then run every test: unit, property, contract, Kafka, end to end
	$(BIN)/python -m pytest -m "not soak and not kafka" -n auto $(BY_FILE)
	$(BIN)/python -m pytest -m "kafka and not soak" -n 2 $(BY_FILE)

lint: $(VENV)/test.stamp ## style, types and the dependency rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench.stamp ## measure intake and every stage beside others; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

soak: $(VENV)/test.stamp ## the long faults: twenty kills, a 1 GB file, on either log 10,000 sends (two and three workers on Kafka) and 5,000 claims with a simulated payer, 200 claims/s for ten minutes, many more mutations, DRAWS against the guard
	$(BIN)/python -m pytest -m soak
	$(BIN)/python -m tests.guarding $(DRAWS)

kafka-up: $(VENV)/run.stamp ## start a one-node Apache Kafka on this machine (needs Java 17 and Maven)
	@$(BIN)/python deploy/kafka-dev/broker.py start

kafka-down: $(VENV)/run.stamp ## stop it
	@$(BIN)/python deploy/kafka-dev/broker.py stop

cluster: $(VENV)/test.stamp ## a secured Kafka on this machine (TLS, SCRAM, grants), every service under its own principal, the examples through it
	@$(BIN)/python -m deploy.cluster all --home $(DATA)/cluster

cluster-up: $(VENV)/test.stamp ## the same, and it stays: settings of a principal by `python -m deploy.cluster env NAME`
	@$(BIN)/python -m deploy.cluster up --home $(DATA)/cluster

cluster-down: $(VENV)/test.stamp ## stop it; its data stay
	@$(BIN)/python -m deploy.cluster down --home $(DATA)/cluster

check-deploy: $(TOOLS)/deploy.stamp $(VENV)/test.stamp ## image, compose and Kubernetes files: linted, rendered, validated; writes nothing
	PATH="$(abspath $(TOOLS))/bin:$$PATH" $(BIN)/python -m pytest tests/deploy

sbom: $(TOOLS)/deploy.stamp $(VENV)/run.stamp ## what Reclaim is made of, as CycloneDX: build/sbom.cdx.json
	@mkdir -p build
	@$(TOOLS)/bin/cyclonedx-py requirements requirements/monitor.lock --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json
	@echo build/sbom.cdx.json

lock: ## resolve the dependencies anew into requirements/*.lock (needs uv)
	$(LOCK) --extra test --extra bench -o requirements/bench.lock
	$(LOCK) --extra test -c requirements/bench.lock -o requirements/test.lock
	$(LOCK) --extra monitor -c requirements/bench.lock -o requirements/monitor.lock
	$(LOCK) -c requirements/bench.lock -o requirements/run.lock
	uv pip compile requirements/deploy.in --universal --generate-hashes --no-emit-index-url --no-header --quiet --python-version 3.11 -o requirements/deploy.lock
	uv pip compile requirements/sbom.in -c requirements/deploy.lock --universal --generate-hashes --no-emit-index-url --no-header --quiet --python-version 3.11 -o requirements/sbom.lock

clean: ## remove the environment, caches and the data of `make run`
	rm -rf $(VENV) $(TOOLS) $(DATA) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/test.stamp ## only the set-up for development

$(TOOLS)/%.stamp: requirements/%.lock
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# pip checks every hash; the project itself is built with the setuptools of the same lock, so nothing is
# fetched that is not named there.
$(VENV)/%.stamp: requirements/%.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "make: Reclaim needs Python 3.11 or later; install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) cannot make a virtual environment; on Debian install python3-venv" >&2; exit 2; }
	@echo "Setting up $(VENV) from $< (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
