# Each target builds its own .venv from nothing, with the versions in constraints.txt, and installs again when they or
# pyproject.toml change. ARGS goes to the command: make test ARGS="tests/junction -x".
#
#   demo          two published junctions through the whole chain: figures and a report
#   test          the tests, on every core
#   test-torch    the tests of what needs PyTorch, which it installs beside .venv, below build/
#   test-readers  the tests that read exported datasets with mlcroissant and Hugging Face's datasets, installed likewise
#   lint          style, types, and who may import whom
#   validate      every claim against exact theory, independent solvers and measurements
#   mutations     break the physics on purpose and see who notices
#   bench         speed, beside the peers
#   docs          the reference, as HTML
#   constraints   renew constraints.txt: the newest versions that go together (PYTHON=python3.11)
#   test-newest   the tests with the newest versions, in an environment of their own (any PYTHON)
#   test-lowest   the tests with the lowest versions that pyproject.toml allows (PYTHON=python3.11)
#   test-kernels  the numerical tests with the linear algebra and the kernels of other processors
#   clean         remove everything that these have made

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Where the environments of test-newest, test-lowest and test-kernels are built.
OTHER ?= build
PIP := -m pip --disable-pip-version-check --quiet --quiet
# A process for every core, each with one thread of linear algebra: more would only wait for each other.
PYTEST := -m pytest --numprocesses auto --dist worksteal --durations 10

# Many processes import this: without the bytecode that the first one keeps, each would compile it again.
unexport PYTHONDONTWRITEBYTECODE

# What make test leaves out: without PyTorch it skips.
TORCH := 'tests/project/test_notebooks.py::test_notebook_runs[torch]' tests/learning/torch mtjphys/learning/torch \
	tests/datasets/test_torch.py mtjphys/datasets/torch.py tests/networks/test_cifar10_convolutional.py \
	'tests/project/test_readme.py::test_example_runs[torch-recorded]' \
	'tests/project/test_readme.py::test_example_runs[torch-live]'

READERS := tests/datasets/description/test_croissant.py tests/datasets/parquet/test_exporting.py

.PHONY: demo test test-torch test-readers lint bench validate mutations docs constraints test-newest test-lowest test-kernels clean
.NOTPARALLEL:
.DEFAULT_GOAL := demo

demo: .venv/installed-learn
	$(BIN)/mtjphys demo $(ARGS)

test: .venv/installed-test
	OMP_NUM_THREADS=1 $(BIN)/python $(PYTEST) $(ARGS)

test-torch: $(OTHER)/torch/installed
	OMP_NUM_THREADS=1 PYTHONPATH=$(abspath $(OTHER)/torch) $(BIN)/python $(PYTEST) $(or $(ARGS),$(TORCH))

test-readers: $(OTHER)/readers/installed
	OMP_NUM_THREADS=1 PYTHONPATH=$(abspath $(OTHER)/readers) $(BIN)/python $(PYTEST) -k "validator or hugging" $(READERS)

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

constraints:
	$(PYTHON) -m venv $(OTHER)/resolver
	$(OTHER)/resolver/bin/python .ci/versions.py newest > $(OTHER)/constraints.txt
	mv $(OTHER)/constraints.txt constraints.txt

test-newest:
	rm -rf $(OTHER)/newest
	$(PYTHON) -m venv $(OTHER)/newest
	$(OTHER)/newest/bin/python $(PIP) install --editable ".[test]"
	OMP_NUM_THREADS=1 $(OTHER)/newest/bin/python $(PYTEST) $(ARGS)

test-lowest:
	rm -rf $(OTHER)/lowest
	$(PYTHON) -m venv $(OTHER)/lowest
	$(PYTHON) .ci/versions.py lowest > $(OTHER)/lowest/constraints.txt
	$(OTHER)/lowest/bin/python $(PIP) install --constraint $(OTHER)/lowest/constraints.txt --editable ".[test]"
	OMP_NUM_THREADS=1 $(OTHER)/lowest/bin/python $(PYTEST) $(ARGS)

test-kernels: .venv/installed-test
	$(BIN)/python .ci/kernels.py --caches $(OTHER)/kernels $(ARGS)

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(OTHER)/torch/installed: PACKAGES := torch
$(OTHER)/readers/installed: PACKAGES := mlcroissant datasets
$(OTHER)/torch/installed $(OTHER)/readers/installed: constraints.txt .venv/installed-test
	@rm -rf $(@D)
	@echo "installing $(PACKAGES) into $(@D)"
	@$(BIN)/python $(PIP) install --target $(@D) --constraint constraints.txt $(PACKAGES)
	@touch $@

.venv/installed-%: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing mtjphys[$*] into .venv"
	@$(BIN)/python $(PIP) install --constraint constraints.txt --editable ".[$*]"
	@touch $@
