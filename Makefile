# One word per action; `make` lists them. Each sets up .venv by itself (see bin/setup).
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
ARGS ?=
PYTHON ?=
export PYTHON

.PHONY: help demo run test check bench soak lock reference messages clean runtime dev

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

demo: runtime ## move 200 customers of an emulated partner account, live (ARGS="--customers 50")
	@$(BIN)/novation demo $(ARGS)

run: runtime ## start web and engine for real use
	@$(BIN)/novation run $(ARGS)

test: dev ## run the test suite (ARGS="tests/domain -k decide")
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: dev ## format, lint, types, import rules, documentation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@find novation -path '*/templates/*' -type f -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2
	@$(BIN)/djlint --check --quiet novation
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/test_docs.py tests/test_house.py tests/test_messages.py

bench: dev ## run the benchmarks; prints a table, writes bench/results.json
	@$(BIN)/python bench/run.py $(ARGS)

soak: dev ## run the long tests, and the properties with other examples each time
	@$(BIN)/python -m pytest -m "soak or hypothesis" $(ARGS)

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@sh tools/lock.sh

reference: dev ## write the generated parts of docs/reference from the code
	@$(BIN)/python -m tools.reference

messages: dev ## collect the texts to translate and compile the catalogues
	@$(BIN)/python -m tools.messages

clean: ## remove .venv and caches; keeps var/, where your data is
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime dev:
	@sh bin/setup $@
