# bexportal: `make` lists what there is.
SHELL := /bin/sh
PY := .venv/bin/python
OURS := bexapi sandbox bexportal accounts shipments tracking tests benchmarks manage.py
PORT ?= 8000
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check format bench backup restore upgrade venv venv-dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv ## The whole portal with sample data and a courier in a box; Ctrl-C ends it (PORT=8000)
	@exec $(PY) -m bexportal.demo --port $(PORT)

demo-reset: venv ## Forget what was done in the demo
	@exec $(PY) -m bexportal.demo --reset

test: venv-dev ## The whole test suite (ARGS="-k booking" narrows it)
	@exec $(PY) -m tests.run $(ARGS)

check: venv-dev ## Style, types, imports, migrations, deployment checks, templates
	@exec sh .ci/check $(OURS)

format: venv-dev ## Put the code into shape
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: venv-dev ## Measure, and print ratios
	@exec $(PY) -m benchmarks $(ARGS)

backup: venv ## Database, documents and journal into backups/<time>/, the keys into a file apart
	@exec $(PY) manage.py backup $(ARGS)

restore: venv ## Put a backup back: make restore FROM=backups/<time> KEYS=<file>
	@test -n "$(FROM)" || { echo "Say which one: make restore FROM=backups/<time>" >&2; exit 1; }
	@exec $(PY) manage.py restore "$(FROM)" $(if $(KEYS),--keys "$(KEYS)") $(ARGS)

upgrade: venv ## Back up, drain, migrate once, check, resume
	@exec $(PY) manage.py upgrade $(ARGS)

venv:
	@sh .ci/venv requirements.txt

venv-dev:
	@sh .ci/venv requirements-dev.txt
