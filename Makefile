# What a person or CI runs. Each target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
.DEFAULT_GOAL := help
# Where the environment says to keep no compiled module, each process that the tests start would compile all libraries anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test test-services lint check words look mutants bench bench-full chaos laws lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.run: requirements.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

run: $(VENV)/.run ## set up, carry the sample incident through a drill, serve the console at 127.0.0.1:8000; PORT=8001 for another
	./tocsin serve --sample --port $(PORT)

test: $(VENV)/.dev ## all tests on the embedded default
	$(BIN)/pytest -n 6 --dist worksteal -m "not services" # most of their time is waiting

test-services: $(VENV)/.dev ## store and worker tests on PostgreSQL and RabbitMQ
	$(BIN)/pytest -m services

lint: $(VENV)/.dev ## format, lint, types, imports, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/deptry .

check: lint ## lint, and the fast tests
	$(BIN)/pytest -n 2 tests/test_house.py tests/policies tests/playbooks

words: $(VENV)/.dev ## bring the catalogs of the console to the words of its source; new ones are empty
	$(BIN)/python -m web.languages.gather

look: $(VENV)/.dev ## pictures of what people read in var/look, pages from the sample that `make run` made; ONLY=letters for one kind
	$(BIN)/python -m tests.look var/look $(addprefix --only ,$(ONLY))

laws: $(VENV)/.dev ## the worked examples of every law and policy
	$(BIN)/pytest tests/policies

mutants: $(VENV)/.dev ## whether the tests would notice a change in how conditions and deadlines are judged; long, once a release
	$(BIN)/mutmut run
	$(BIN)/mutmut results

bench: $(VENV)/.dev ## the figures, as a table and as JSON in docs/bench
	$(BIN)/python -m bench

bench-full: $(VENV)/.dev ## the sizes of a release, in the background; run it again and it goes on where it was broken off
	mkdir -p var/bench
	nohup $(BIN)/python -m bench --full --keep var/bench >var/bench/figures.txt 2>&1 &

chaos: $(VENV)/.dev ## the long fault runs on servers of their own, resumable; their table goes to docs/chaos.md
	$(BIN)/python -m tests.chaos

lock: $(BIN)/uv ## compile requirements*.txt from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --python-version 3.11 --no-emit-index-url --no-header -q -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --python-version 3.11 --no-emit-index-url --no-header -q -o requirements-dev.txt

clean: ## remove what run and test made (the environment stays)
	rm -rf var mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis
