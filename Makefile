# Every target stands alone on a fresh Debian machine: `setup` installs what is missing.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
.PHONY: setup setup-test demo test lint clean

setup: $(VENV)/.demo
setup-test: $(VENV)/.test

$(VENV)/.demo: pyproject.toml .ci/system-packages
	bash .ci/system-packages unixodbc
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable ".[demo]"
	touch $@

$(VENV)/.test: pyproject.toml .ci/system-packages
	bash .ci/system-packages unixodbc chromium
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable ".[test,demo]"
	touch $@

demo: setup
	$(RUN) -m examples.flights.demo $(ARGS)

test: setup-test lint
	$(RUN) -m pytest $(ARGS)

lint: setup-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
