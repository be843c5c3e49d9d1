# Each target builds its own .venv from nothing, and installs again when pyproject.toml changes.
# ARGS goes to the command: make test ARGS="tests/junction -x", make bench ARGS="--json bench.json".

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo test lint bench validate mutations docs clean
.NOTPARALLEL:
.DEFAULT_GOAL := demo

demo: .venv/installed-learn
	$(BIN)/mtjphys demo $(ARGS)

test: .venv/installed-test
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/installed-bench
	$(BIN)/python -m validation.benchmarks $(ARGS)

validate: .venv/installed-test
	$(BIN)/python -m validation $(ARGS)

mutations: .venv/installed-test
	$(BIN)/python -m validation.mutations $(ARGS)

docs: .venv/installed-docs
	$(BIN)/python -m pdoc --docformat numpy --math --output-directory build/docs mtjphys

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed-%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing mtjphys[$*] into .venv"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@
