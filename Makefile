# bexportal: `make` lists what there is.
SHELL := /bin/sh
PY := .venv/bin/python
OURS := bexapi sandbox bexportal accounts shipments tracking tests benchmarks manage.py
PORT ?= 8000
N ?= 200
MAKEFLAGS += --no-print-directory
# Without settings of its own, this checkout's only data is the demo's.
SETTINGS := $(if $(SECRET_KEY)$(SECRET_KEY_FILE)$(wildcard .env),,$(if $(wildcard .demo/env),set -a; . ./.demo/env; set +a;))
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check wheel format chaos chaos-mutations webhook-chaos bench backup restore upgrade secrets
.PHONY: venv venv-dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv ## The whole portal with sample data and a courier in a box; Ctrl-C ends it (PORT=8000)
	@exec $(PY) -m bexportal.demo --port $(PORT)

demo-reset: venv ## Forget what was done in the demo
	@exec $(PY) -m bexportal.demo --reset

test: venv-dev ## The whole test suite (ARGS="-k booking" narrows it)
	@exec $(PY) -m tests.run $(ARGS)

check: venv-dev ## Style, types, imports, migrations, deployment checks, templates
	@exec sh .ci/check $(OURS)

wheel: ## bexapi as a wheel in dist/, tested alone in an empty environment
	@exec sh .ci/wheel

format: venv-dev ## Put the code into shape
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

chaos: venv-dev ## Book while everything around the portal breaks, then compare both sides (N=200 SEED=… ON=sqlite)
	@exec $(PY) -m tests.chaos -n $(N) $(if $(SEED),--seed $(SEED)) $(if $(ON),--on $(ON)) $(ARGS)

chaos-mutations: venv-dev ## Take each guard of the promise out: chaos has to find fault (ARGS="--only journal")
	@exec $(PY) -m tests.chaos.mutations $(ARGS)

webhook-chaos: venv-dev ## A storm of deliveries while workers are killed and the database goes away (N=20000 SEED=… ARGS=--postgres)
	@exec $(PY) -m tests.webhook_chaos $(if $(filter command line,$(origin N)),-n $(N)) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: venv-dev ## Measure, and print ratios
	@exec $(PY) -m benchmarks $(ARGS)

backup: venv ## Database and documents into backups/<time>/, their keys into backup-keys/
	@$(SETTINGS) exec $(PY) manage.py backup $(ARGS)

restore: venv ## Put a backup back: make restore FROM=backups/<time>
	@test -n "$(FROM)" || { echo "Say which one: make restore FROM=backups/<time>" >&2; exit 1; }
	@$(SETTINGS) exec $(PY) manage.py restore "$(FROM)" $(ARGS)

upgrade: venv ## Back up, drain, migrate once, check, resume (STOP="…" START="…" stop and start the services)
	@$(SETTINGS) exec $(PY) manage.py upgrade --stop "$(STOP)" --start "$(START)" $(ARGS)

secrets: ## Make the secrets that compose.yaml reads
	@exec sh .ci/secrets

venv:
	@sh .ci/venv requirements.txt

venv-dev:
	@sh .ci/venv requirements-dev.txt
