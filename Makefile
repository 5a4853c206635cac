# make run    set up what is needed to run, and start the program:  make run ARGS="generate --no-play"
# make test   set up everything, check style, types and floors, and run the tests:  make test ARGS="-k config"
# The rest: check, format, bench, pictures, snapshots, lock, setup, setup-dev, clean, distclean.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
ARGS ?=
# more than processors: a good part of the tests waits for sound, for servers, for a process
JOBS ?= 3
LOCK_ARGS ?=

# the first Python that is new enough; `make PYTHON=...` names another
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$p"; break; }; done)
PYTHON := $(or $(PYTHON),python3)
endif

HAS_PORTAUDIO := import ctypes.util, sys; sys.exit(ctypes.util.find_library("portaudio") is None)

READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
SOUND := $(VENV)/.sound

.PHONY: run test check format bench pictures snapshots lock setup setup-dev clean distclean
.NOTPARALLEL:
.DEFAULT_GOAL := run

run: $(READY) $(SOUND)
	@$(VENV)/bin/vcg $(ARGS)

setup: $(READY) $(SOUND)

setup-dev: $(READY_DEV) $(SOUND)

test: setup-dev check
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: $(READY_DEV)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/basedpyright
	$(VENV)/bin/lint-imports

format: $(READY_DEV)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(READY) $(SOUND)
	$(PY) benchmarks $(ARGS)

# The pictures of the README and the page of keys, from the program itself.
pictures: $(READY_DEV)
	PYTHONPATH=. $(PY) docs/make_pictures.py
	$(PY) docs/make_keys.py

# The pictures that the tests of the screens compare with, as the screens are now; look at what git says has changed.
snapshots: $(READY_DEV)
	$(PY) -m pytest -q tests/tui/test_pictures_*.py --update-snapshots $(ARGS)

# New pins for what changed in pyproject.toml; `make lock LOCK_ARGS=--upgrade` for everything. The files name packages,
# versions and hashes, and nothing of where they were fetched from.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(LOCK_ARGS) --group build
lock: | $(PY)
	@[ -x $(VENV)/bin/uv ] || $(PIP) install --quiet uv
	$(VENV)/bin/$(LOCK) -o requirements.lock
	$(VENV)/bin/$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)

# ------------------------------------------------------------------ how the environment is made

$(PY):
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "VCG needs Python 3.11 or newer, and $(PYTHON) is not that: install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 2; }
	@echo "Setting up $(VENV) ..."
	@"$(PYTHON)" -m venv --clear $(VENV) >$(VENV).log 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing python3-venv ..."; \
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >>$(VENV).log 2>&1 \
				&& "$(PYTHON)" -m venv --clear $(VENV) >>$(VENV).log 2>&1; \
		else false; fi; } || { \
		cat $(VENV).log >&2; rm -rf $(VENV) $(VENV).log; \
		echo "$(PYTHON) can't make a virtual environment. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; \
		exit 2; }
	@rm -f $(VENV).log

$(READY): requirements.lock pyproject.toml | $(PY)
	@echo "Installing what VCG needs to run; the first time this takes a minute or two ..."
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(READY_DEV): requirements-dev.lock $(READY) | $(PY)
	@echo "Installing what VCG needs to be tested ..."
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

# Everywhere but on Linux the sound library comes with the packages.
$(SOUND): | $(PY)
	@[ "$$(uname -s)" != Linux ] || $(PY) -c '$(HAS_PORTAUDIO)' || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing libportaudio2 ..." \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libportaudio2 >/dev/null; } || \
		echo "To hear calls, install PortAudio (Debian, Ubuntu: sudo apt-get install libportaudio2). VCG works without it, in silence." >&2
	@touch $@
