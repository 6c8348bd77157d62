# Every target stands alone on a fresh Debian machine: `setup` installs what is missing.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
STAND_IN := packages/tds-embedded
.PHONY: setup setup-test demo test older telemetry-versions lint soak conformance dashboards docs release-check clean

setup: $(VENV)/.demo
setup-test: $(VENV)/.test

$(VENV)/.demo: pyproject.toml $(STAND_IN)/pyproject.toml .ci/system-packages
	bash .ci/system-packages unixodbc
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable $(STAND_IN) --editable ".[demo]"
	touch $@

$(VENV)/.test: pyproject.toml $(STAND_IN)/pyproject.toml .ci/system-packages
	bash .ci/system-packages unixodbc tdsodbc chromium
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable $(STAND_IN) --editable ".[test,demo]"
	touch $@

$(VENV)/.conformance: $(VENV)/.test
	$(RUN) -m pip install --quiet --editable $(STAND_IN) --editable ".[conformance]"
	touch $@

demo: setup
	$(RUN) -m examples.flights.demo $(ARGS)

test: setup-test lint
	$(RUN) -m pytest $(ARGS)

# What differs by version, with the oldest ones of Django, which run on Python 3.10 and 3.11.
DJANGOS ?= 3.2 4.0 4.1
older: setup-test
	for version in $(DJANGOS); do \
		$(RUN) -m pip install --quiet --target $(VENV)/older/$$version "Django~=$$version.0" && \
		PYTHONPATH=$(VENV)/older/$$version $(RUN) -m pytest -W ignore::DeprecationWarning \
			tests/unit/test_private_hooks.py \
			tests/integration/test_older_django.py tests/integration/compiler/test_update.py tests/integration/tsql/test_types.py \
			tests/integration/expressions/test_lookups.py tests/integration/expressions/test_locking.py tests/integration/expressions/test_joins.py \
			tests/integration/compiler/test_outer_references.py || exit 1; \
	done

# The oldest and the newest SDK of OpenTelemetry: bounds in mssql/telemetry/sdk/versions.py.
telemetry-versions: setup-test
	for versions in ==1.30.0 '>=1.30,<2'; do \
		rm -rf $(VENV)/opentelemetry && \
		$(RUN) -m pip install --quiet --no-warn-conflicts --target $(VENV)/opentelemetry \
			"opentelemetry-sdk$$versions" && \
		PYTHONPATH=$(VENV)/opentelemetry $(RUN) -m pytest tests/unit/telemetry/sdk \
			tests/unit/telemetry/test_cursor.py tests/unit/telemetry/test_guard.py || exit 1; \
	done

# Lines and branches of mssql/ that the tests reach; an error below 92%.
coverage: setup-test
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest $(ARGS)
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report

lint: setup-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

# Ten minutes under faults, with a table of what was counted: ARGS="--only threads --driver pyodbc"
soak: setup-test
	$(RUN) -m tests.soak $(ARGS)

# Django's own suite: MODULES="queries aggregation" DJANGO=6.1 PRODUCT=2019 USE_TZ=1 ARGS=--failed
# BACKEND=mssql-django to compare
conformance: $(VENV)/.conformance
	$(RUN) -m tests.conformance $(if $(BACKEND),--backend $(BACKEND)) \
		$(if $(DJANGO),--django $(DJANGO)) \
		$(if $(PRODUCT),--product $(PRODUCT)) $(if $(filter 1 true True yes,$(USE_TZ)),--use-tz) $(ARGS) $(MODULES)

# The JSON and YAML files of dashboards/, from their code.
dashboards: setup-test
	$(RUN) -m dashboards

# The site in build/site; a broken link or anchor is an error.
docs: setup-test
	$(RUN) -m pip install --quiet --editable ".[docs]"
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict

# Wheel and sdist in dist/, checked, installed in an empty environment and used there.
release-check: setup-test
	$(RUN) -m pip install --quiet --editable ".[release]"
	$(RUN) -m tools.release_check

clean:
	rm -rf $(VENV) build dist .demo .conformance .mypy_cache .ruff_cache .pytest_cache .hypothesis
