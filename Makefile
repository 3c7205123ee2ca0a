# The verbs of this project. `make up` and `make test` need Python 3.11 and make, nothing else.
PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
BIN := .venv/bin
CHECKED := qc workers api tests

.PHONY: up install install-dev diarize test check format lock clean

up: .venv/installed ## install, start everything, inspect the sample calls
	@$(BIN)/qc up

install: .venv/installed

install-dev: .venv/installed-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 13) else "Python 3.11 or 3.12 is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

diarize: .venv/installed-diarize ## what tells the voices of mono calls apart by a trained network: 1.3 GB, most of it torch

# torch is not in the lock, since its builds, for CPU or CUDA, differ from one package index to the next
.venv/installed-diarize: requirements-diarize.lock .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-diarize.lock
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed-diarize
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: .venv/installed-dev ## everything a release must pass
	$(BIN)/pytest

check: .venv/installed-dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-dev
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

COMPILE := $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header --quiet

lock: .venv/installed-dev ## refresh the lock files: versions and hashes, no addresses
	$(COMPILE) --group dev --extra s3 --extra sherpa --upgrade --output-file requirements-dev.lock
	$(COMPILE) --constraints requirements-dev.lock --upgrade --output-file requirements.lock
	$(COMPILE) --constraints requirements-dev.lock --upgrade --extra diarize --no-emit-package torch --output-file requirements-diarize.lock

clean: ## remove what was installed and built; data/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
