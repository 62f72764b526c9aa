# Everything a newcomer needs: `make demo` and `make test`. Each target makes its own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready
SANDBOX_DIR ?= .sandbox
unexport PYTHONDONTWRITEBYTECODE   # without compiled modules Prefect's server takes three times as long to start
unexport VIRTUAL_ENV
export SANDBOX_DIR

.PHONY: demo test test-all sandbox check bench faults clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      releases, good and bad, a backup, a drill, a failover, on a cloud on localhost (5 minutes)"
	@echo "make test      the tests (a quarter of an hour on two cores)"
	@echo "make sandbox   the cloud on localhost, in the foreground, with the sample's landscape"
	@echo "make check     lint, format, types, layers"
	@echo "make bench     what is measured, each beside its reference (half an hour)"
	@echo "make faults    every step of each runbook, every fault: hours (ARGS=--help)"
	@echo "make test-all  the tests that are slow, or want a browser or gcloud"
	@echo "make clean     what was made here goes; the user's cache stays"

demo: $(READY)
	@$(BIN)/python -m examples.demo $(ARGS)

# two workers, each with a sandbox of its own; a file's tests stay together (ARGS="-n 0" for one after the other)
test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-all: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

sandbox: $(READY)
	@$(BIN)/python -m sandbox --when-ready "$(BIN)/python -m examples.landscape $(SANDBOX_DIR)/endpoints.json" \
	  --beside "MUSTER_ENDPOINTS=$(SANDBOX_DIR)/endpoints.json $(BIN)/muster settle sandbox --every 20s" \
	  --beside "MUSTER_ENDPOINTS=$(SANDBOX_DIR)/endpoints.json $(BIN)/muster reap sandbox --every 60s" \
	  --beside "MUSTER_ENDPOINTS=$(SANDBOX_DIR)/endpoints.json $(BIN)/muster heartbeat sandbox"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

faults: $(READY)
	@$(BIN)/python -m tests.faults $(ARGS)

clean:
	rm -rf $(VENV) $(SANDBOX_DIR) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "Python 3.11 to 3.14 is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "making the environment in $(VENV): once, half a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --quiet --locked --compile-bytecode
	@touch $(READY)
