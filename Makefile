# Two commands: `make run` serves, `make test` checks everything. `make install` alone makes
# .venv/bin/pastense. What needs longer than the suite's budget is under `make torture`.

PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3.14 python3,$(shell \
	$(name) -c 'import sys, venv, ensurepip; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
NEEDS_NETWORK := The packages could not be had. The first install needs the package index that pip is configured for; later runs need no network.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: install run test torture bench lint format requirements clean

install: $(VENV)/.installed

run: install
	@$(BIN)/pastense serve

test: $(VENV)/.tested
	@$(BIN)/python scripts/test.py

torture: $(VENV)/.tested
	@$(BIN)/python scripts/test.py --torture

bench: $(VENV)/.benched
	@$(BIN)/python -m bench.compare

lint: $(VENV)/.tested
	@$(BIN)/python scripts/test.py --lint-only

format: $(VENV)/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: $(VENV)/.tested
	$(BIN)/python scripts/requirements.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed: install it, or name it with make PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

$(VENV)/.installed: $(VENV)/bin/python requirements/run.txt pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt || { echo "$(NEEDS_NETWORK)" >&2; exit 2; }
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements/test.txt requirements/postgresql.txt
	@echo "Installing the checks into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/test.txt || { echo "$(NEEDS_NETWORK)" >&2; exit 2; }
	@$(BIN)/python -m tests.support.postgresql >/dev/null 2>&1 || { \
		echo "Installing a PostgreSQL server for the tests into $(VENV) ..."; \
		$(PIP) install --require-hashes -r requirements/postgresql.txt; \
	} || echo "There is none for this system: the tests will say what to do." >&2
	@touch $@

$(VENV)/.benched: $(VENV)/.tested requirements/bench.txt
	@echo "Installing what the benchmarks compare with into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/bench.txt || { echo "$(NEEDS_NETWORK)" >&2; exit 2; }
	@touch $@
