# `make demo` and `make test` work on a fresh machine with Python 3.10+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
READY := $(VENV)/.ready

.PHONY: demo test lint gate bench clean

demo: $(READY) ## run the gate on the two example repositories
	@echo "== examples/taxi: a repository in order"
	@cd examples/taxi && ../../$(BIN)/gate run --python ../../$(BIN)/python
	@echo
	@echo "== examples/taxi-broken: the same after a bad week (the gate must close)"
	@cd examples/taxi-broken && ../../$(BIN)/gate run --python ../../$(BIN)/python; test $$? -eq 1
	@echo
	@echo "Open examples/taxi-broken/.gate/report.html, or read comment.md beside it."

test: $(READY) ## all tests but those of the Node harness, where Node is absent
	$(BIN)/python -m pytest -q -n auto

lint: $(READY) ## style, types, and the action and workflows
	$(BIN)/black --check -q .
	$(BIN)/flake8 gate tests benchmarks docs examples/taxi .github
	$(BIN)/mypy
	$(BIN)/mypy .github/release.py
	PATH="$(CURDIR)/$(BIN):$$PATH" bash .github/lint.sh

gate: $(READY) ## the gate on this repository
	$(BIN)/gate run --python $(BIN)/python

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
