# The one front of the house; `make help` lists the verbs. CONTRIBUTING.md says when to use which.

PYTHON ?= python3
UV     ?= uv
NPM    ?= npm
BENCH  ?=
VENV   := .venv
BIN    := $(VENV)/bin
WHOLE  := $(addprefix tests/,clients conformance crash whole)# on running servers, one after another
PARTS  := -n 2 --dist loadfile $(addprefix --ignore=,$(WHOLE))
KEPT   := coserver/web/static/kept# what the pages are built on, as npm brings it
INSTALL_PINNED := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement

.DELETE_ON_ERROR:
.PHONY: help demo test check clients conformance bench scale docs lock standing

help:  ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/house.stamp  ## start the server on the folder .demo and say what to type into each client
	@exec $(BIN)/coserver demo --data .demo --port-base 20000

test: standing $(VENV)/test.stamp  ## everything, real client programs included
	$(PYTHON) tests/packages.py provide tests/clients/packages.txt
	$(BIN)/pytest $(PARTS)
	$(BIN)/pytest $(WHOLE)

check: standing  ## before every commit: form, lint, types, imports, house rules, fast tests
	$(BIN)/pytest $(PARTS) -k "not machine and not over_tcp"

standing: $(VENV)/house.stamp $(VENV)/check.stamp
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

clients: $(VENV)/house.stamp $(VENV)/check.stamp $(VENV)/test.stamp  ## only the real client programs
	$(PYTHON) tests/packages.py provide tests/clients/packages.txt
	$(BIN)/pytest tests/clients

conformance: $(VENV)/house.stamp $(VENV)/check.stamp $(VENV)/test.stamp  ## only the outside protocol suites
	$(PYTHON) tests/packages.py provide tests/clients/packages.txt
	$(BIN)/pytest tests/conformance

bench: $(VENV)/house.stamp .venv-bench/bench.stamp  ## BENCH=folder of harnesses: measure against the peers
	$(PYTHON) tests/packages.py provide bench/packages.txt
	$(BIN)/python bench/run.py --harnesses "$(BENCH)" --radicale .venv-bench/bin/radicale --into docs/measures.md

scale: $(VENV)/house.stamp  ## what ten thousand accounts cost beside ten, into docs/measures.md
	$(BIN)/python bench/scale.py --into docs/measures.md
	$(BIN)/python bench/portal.py --into docs/measures.md
	$(BIN)/python bench/live.py --into docs/measures.md

docs: $(VENV)/house.stamp $(VENV)/docs.stamp $(VENV)/check.stamp $(VENV)/test.stamp  ## build the documentation into docs/_build
	$(PYTHON) tests/packages.py provide docs/packages.txt
	$(BIN)/python docs/pictures.py
	$(BIN)/sphinx-build -W -n -q -b html docs docs/_build

lock:  ## pin the newest versions that fit, with hashes; needs uv
	UV="$(UV)" sh requirements/lock.sh

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit("coserver needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/house.stamp: pyproject.toml $(VENV)/run.stamp $(VENV)/kept.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --editable .
	@touch $@

$(VENV)/kept.stamp: package-lock.json | $(VENV)/made.stamp
	@command -v $(NPM) > /dev/null || { echo "The pages need npm once, to be built: install Node.js with npm (Debian: nodejs npm)." >&2; exit 1; }
	$(NPM) ci --silent
	mkdir -p $(KEPT)
	cp node_modules/@picocss/pico/css/pico.min.css node_modules/htmx.org/dist/htmx.min.js $(KEPT)
	@touch $@

$(VENV)/%.stamp: requirements/%.txt | $(VENV)/made.stamp
	$(INSTALL_PINNED) $<
	@touch $@

.venv-bench/bench.stamp: requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement $<
	@touch $@
