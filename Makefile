# Everything that is done with this repository, by one word each. `make help` lists them.
# Each target first installs what it needs, into .venv and .tools; ARGS is passed on:
#     make run ARGS='--port 9443'        make test ARGS='tests/odata -k filter'

.DEFAULT_GOAL := help
.PHONY: help run test check fix soak interop bench golden witness screens lock clean
MAKEFLAGS += --no-print-directory
.SILENT:

export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
CODE := src tests bench

help: ## List these targets
	sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: ## Start the development server on https://localhost:8443
	scripts/environment run
	exec $(BIN)/vestibule dev $(ARGS)

test: .needs-test ## Run all tests but the slow proofs
	$(BIN)/pytest -n 2 --dist worksteal --timeout 300 -m 'not soak and not interop' $(ARGS)

check: ## Lint, check formatting, types and import contracts
	scripts/environment check
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: ## Repair what the linter can, and format
	scripts/environment check
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

soak: .needs-test ## Run the slow proofs, such as 200 crashes of each database
	$(BIN)/pytest -m soak $(ARGS)

interop: .needs-test ## Drive the server with every official client, and write down how it went
	scripts/system go java
	scripts/azure-cli
	$(BIN)/python tests/interop $(ARGS)

bench: .needs-test ## Measure the server beside this machine's own limits
	$(BIN)/python bench $(ARGS)

golden: .needs-test ## Write the golden files anew; review them like code
	$(BIN)/pytest --golden -k golden $(ARGS)

witness: .needs-test ## Write COVERAGE.md and PARITY.md: what is served, and what flows do
	$(BIN)/pytest --witness tests/witness tests/parity -q $(ARGS)

screens: .needs-test ## Take a picture of every page into screens/
	scripts/system fonts
	$(BIN)/pytest --screens screens -k screens $(ARGS)

lock: ## Pin the dependencies again (UPGRADE=1: newest versions)
	scripts/environment lock
	scripts/node
	scripts/lock

clean: ## Remove what these targets have made, but no data directory
	rm -rf .venv .tools dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache tests/interop/node_modules tests/interop/java/target screens

.PHONY: .needs-test
.needs-test:
	scripts/system venv postgresql chromium
	scripts/environment test
	scripts/node
