# BattyCoda NB: one command for each thing one does with a clone. `make` alone lists them.
#
# Everything lives in .venv, which is made and filled when it is needed: the stamp files in it say what is installed,
# and pyproject.toml is what makes them stale. Paths are relative, so the folder's own path may hold anything.

NOTEBOOK := notebooks/01_explore_calls.ipynb
JS := .ci/js
PIP := .venv/bin/python -m pip --disable-pip-version-check -q install

.DEFAULT_GOAL := help
# Three processes run the tests (they wait a third of their time, so that two cores have room for a third), unless ARGS
# says how many, or wants a terminal of its own.
TOGETHER := $(if $(filter -n% --numprocesses% -s --capture=no --pdb% --trace,$(ARGS)),,-n 3)

.PHONY: help lab test quick lint bench mutants fuzz clean anew

help:
	@echo 'make lab     JupyterLab on the first notebook, with server and workers (ARGS=--no-browser: no window)'
	@echo 'make test    every test, those in a browser too          (ARGS="-k explorer -x": handed on to pytest)'
	@echo 'make quick   the tests that need neither browser, Jupyter nor a worker: under 40 s'
	@echo 'make lint    ruff, mypy, plain English; tsc and biome for the JavaScript'
	@echo 'make bench   how fast it is here, next to other ways of doing it'
	@echo 'make mutants breaks one line after the other and sees that a test notices (ARGS=name: one of tests/mutants)'
	@echo 'make fuzz    reads damaged files by the hundred thousand (ARGS="textgrid --inputs 1000": fewer)'
	@echo 'make clean   removes .venv and what the tools left behind; recordings and notebooks stay'
	@echo 'PYTHON=...   the Python to make .venv with (3.11 or newer; found by itself otherwise)'

lab: .venv/.lab
	@.venv/bin/battycoda lab $(NOTEBOOK) $(ARGS)

test: .venv/.test
	@.venv/bin/python tests/browser/chromium.py
	@.venv/bin/python -m pytest $(TOGETHER) $(ARGS)

quick: .venv/.test
	@.venv/bin/python -m pytest $(TOGETHER) -m 'not browser and not jupyter and not worker' $(ARGS)

lint: .venv/.lint $(JS)/node_modules/.installed
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy
	@.venv/bin/python .ci/english.py
	@.venv/bin/node $(JS)/node_modules/.bin/tsc -p $(JS)
	@.venv/bin/node $(JS)/node_modules/.bin/biome ci --error-on-warnings --config-path=$(JS) battycoda_nb

bench: .venv/.test
	@.venv/bin/python -m tests.benchmarks $(ARGS)

mutants: .venv/.test
	@.venv/bin/python -m tests.mutants $(ARGS)

fuzz: .venv/.test
	@.venv/bin/python -m tests.fuzz $(ARGS)

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info $(JS)/node_modules
	@find battycoda_nb tasks tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo 'Removed .venv and the caches.'

.venv/.lab: pyproject.toml .venv/.made
	@echo 'Installing BattyCoda NB into .venv (the first time this takes a minute or two) ...'
	@$(PIP) -e '.[flower]'
	@touch $@

.venv/.test: pyproject.toml .venv/.made
	@echo 'Installing BattyCoda NB and what its tests need into .venv (the first time: a minute or two) ...'
	@$(PIP) -e '.[test]'
	@touch .venv/.lab $@

.venv/.lint: pyproject.toml .venv/.made
	@echo 'Installing BattyCoda NB, ruff, mypy and node into .venv ...'
	@$(PIP) -e '.[lint]'
	@touch $@

# The type check and the linter of the JavaScript, at the versions that the lockfile names; node comes with .venv.
$(JS)/node_modules/.installed: $(JS)/package.json $(JS)/package-lock.json .venv/.lint
	@echo 'Installing tsc and biome into $(JS) ...'
	@.venv/bin/npm ci --prefix $(JS) --no-audit --no-fund --loglevel=error
	@touch $@

# .venv/.made holds the folder it was made in. A .venv whose Python is gone, or that was moved with its folder, cannot
# run and is made anew; one that somebody made before us is used as it is.
ifneq ($(shell test -x .venv/bin/python && cat .venv/.made 2>/dev/null),$(shell pwd -P))
.venv/.made: anew
endif

.venv/.made:
	@if test -x .venv/bin/python && test ! -e .venv/.made; then keep=; else keep=--clear; fi; \
	bare=; \
	for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
		test -n "$$python" && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import venv, ensurepip' 2>/dev/null || { bare=$$python; continue; }; \
		echo "Making .venv with $$("$$python" -V) ..."; \
		"$$python" -m venv $$keep .venv && pwd -P > $@ && exit 0 || exit 1; \
	done; \
	if test -n "$$bare"; then \
		echo "$$bare here cannot make environments: install its venv module (Debian, Ubuntu: apt install python3-venv)" \
			"and run make again." >&2; \
	else \
		echo 'BattyCoda NB needs Python 3.11 or newer, and there is none on the PATH: install one, or name it with' \
			'make PYTHON=/path/to/python3, and run make again.' >&2; \
	fi; exit 1
