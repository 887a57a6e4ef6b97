# `make demo` and `make test` work on a fresh machine with Python 3.10+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
READY := $(VENV)/.ready
# What `make test` leaves for `make gate`, which runs no test again; and all that a test
# may depend on: the files that git has, or would.
RESULTS := build/tests/junit.xml
COVERAGE := build/tests/.coverage
FILES := $(wildcard $(shell git ls-files -co --exclude-standard 2>/dev/null))

.PHONY: demo test lint gate bench clean

demo: $(READY) ## run the gate on the example repositories
	@echo "== examples/taxi: a repository in order"
	@cd examples/taxi && ../../$(BIN)/gate run --python ../../$(BIN)/python
	@echo
	@echo "== examples/diabetes: the predictions of a model, on every slice"
	@cd examples/diabetes && ../../$(BIN)/gate run --python ../../$(BIN)/python
	@echo
	@echo "== examples/taxi-broken: the same after a bad week (the gate must close)"
	@cd examples/taxi-broken && ../../$(BIN)/gate run --python ../../$(BIN)/python; test $$? -eq 1
	@echo
	@echo "Open examples/taxi-broken/.gate/report.html, or read comment.md beside it."

test: $(READY) ## all tests but those of the Node harness, where Node is absent
	@rm -f $(RESULTS) $(COVERAGE)
	COVERAGE_FILE="$(CURDIR)/$(COVERAGE)" $(BIN)/python -m pytest -q -n auto \
		--cov --cov-report= --junitxml=$(RESULTS)

$(RESULTS): $(FILES) | $(READY)
	-$(MAKE) test # what fails in it closes the gate

lint: $(READY) ## style, types, and the action and workflows
	$(BIN)/black --check -q .
	$(BIN)/flake8 gate tests benchmarks docs examples/taxi .github
	$(BIN)/mypy
	$(BIN)/mypy .github/release.py
	PATH="$(CURDIR)/$(BIN):$$PATH" bash .github/lint.sh

gate: $(RESULTS) ## the gate on this repository, with the results of `make test`
	$(BIN)/gate run --python $(BIN)/python \
		--report tests=$(RESULTS) --report coverage=$(COVERAGE)

bench: $(READY) ## wall times, side by side with the tools run plainly
	$(BIN)/python benchmarks/gate_overhead.py

# LOCKED=1 takes the versions that CI works with, by hash, instead of the newest ones.
$(READY): pyproject.toml $(if $(LOCKED),.github/requirements-dev.txt)
	$(PYTHON) -m venv $(VENV)
ifdef LOCKED
	bash .github/develop.sh $(BIN)/python
else
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[dev]"
endif
	@touch $(READY)

clean:
	rm -rf $(VENV) .gate examples/*/.gate build dist *.egg-info
