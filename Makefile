# make run    sets up and runs LLaMA versus OPT: the story, tables and figures under out/llama_vs_opt
# make test   sets up and runs the tests; TESTS=tests/unit runs some
# make test-minimums  the same with the lowest version of everything that pyproject.toml asks for
# make app    sets up and serves the live page on this machine
# make figures  makes the pictures of the pages again, from fresh studies
# make check  linter and type checker;  make docs  renews the tables of MODEL.md and builds the site in out/docs

PYTHON ?= python3
VENV ?= .venv
TESTS ?=
BIN := $(VENV)/bin

.PHONY: run app test compiled test-minimums check docs figures clean

run: $(VENV)/ready
	$(BIN)/python scenarios/llama_vs_opt.py

app: $(VENV)/ready-to-serve
	$(BIN)/python -m sim app

test: compiled
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

compiled: $(VENV)/ready-to-test
	$(BIN)/python -c 'import sim; sim.run("two_teams", 2)'  # once, before several processes would

test-minimums:
	$(MAKE) $(VENV)-minimums/ready-to-test-minimums VENV=$(VENV)-minimums
	$(VENV)-minimums/bin/python -c 'import sim; sim.run("two_teams", 2)'
	$(VENV)-minimums/bin/python -m pytest -n auto --dist worksteal -o filterwarnings=default $(TESTS)  # others' old versions warn of each other

check: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

figures: $(VENV)/ready
	$(BIN)/python experiments/figures.py

docs: $(VENV)/ready-to-test
	$(BIN)/python -m sim parameters MODEL.md
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs out/docs

$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/ready-to-test: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --editable '.[test,cluster,app,docs]'
	touch $@

$(VENV)/ready-to-test-minimums: pyproject.toml tests/minimums.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python tests/minimums.py > $(VENV)/constraints.txt
	$(BIN)/python -m pip install --quiet --constraint $(VENV)/constraints.txt --editable '.[test,cluster]'
	touch $@

$(VENV)/ready-to-serve: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --editable '.[app]'
	touch $@

clean:
	rm -rf $(VENV) out
