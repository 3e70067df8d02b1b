# Everything a developer or operator does with casemgr. `make` alone explains itself.
SHELL := /bin/bash
PY := .venv/bin/python
FLASK := .venv/bin/flask --app wsgi

.DEFAULT_GOAL := help
.PHONY: bench bundle chaos check cluster demo drill help jobs run setup setup-dev shards test upgrade-drill migrate clean translations secrets security settings requirements

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: ## make .venv with everything the programme needs to run
	@tools/setup

setup-dev:
	@tools/setup --dev

demo: setup ## the reference street here, pages and scheduler, logins printed (ARGS=--fresh: anew)
	@$(PY) -m tools.check_port
	@CASEMGR_ENVIRONMENT=demo $(FLASK) demo $(ARGS)

run: setup ## the pages, as in production (settings: docs/configuration.md)
	@$(PY) -m tools.check_port
	@exec .venv/bin/gunicorn

jobs: setup ## the scheduler process; any number may run
	@exec $(PY) -m casemgr.jobs

migrate: setup ## bring the database to the newest schema
	@$(FLASK) migrate

test: ## everything, on SQLite and on a PostgreSQL it starts itself (ARGS="-k word" for a part)
	@tools/test $(ARGS)

chaos: setup-dev ## kill processes and databases at work, then judge; docs/chaos.md (DB=sqlite|postgres|cluster KILLS=500 SEED=1 ARGS=--keep)
	@$(PY) -m tests.chaos$(if $(filter cluster,$(DB)),.cluster,) $(if $(filter sqlite postgres,$(DB)),--db $(DB)) --kills $(or $(KILLS),500) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: ## measure: CASES=10000|100000|1000000 DB=sqlite|postgres, figures in bench/results, docs/performance.md
	@CASES=$(CASES) DB=$(DB) tools/bench $(ARGS)

check: setup-dev ## style, types and architecture, without a database
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@$(PY) -m pytest -q tests/test_architecture.py

translations: setup-dev ## collect new sentences into the catalogues, then compile them
	@tools/translations

secrets: setup ## fresh secrets for production, as lines for a file .env
	@$(PY) -c 'from casemgr.config import secrets_file; print(secrets_file(), end="")'

security: setup-dev ## attack a production server of its own, read the source; docs/security/report.md (REQUESTS=100000 DB=postgres)
	@$(PY) -m tools.security --requests $(or $(REQUESTS),5000) --database $(or $(DB),sqlite) $(ARGS)

settings: setup ## write docs/configuration.md anew from casemgr/config.py
	@$(PY) -c 'from casemgr.config import describe; print(describe(), end="")' >docs/configuration.md

cluster: setup ## the whole installation in namespaces, failing part by part under writing clients (root; ARGS="--only primary")
	@$(PY) -m deploy.cluster.drill $(ARGS)

drill: setup ## data destroyed and restored, on SQLite and PostgreSQL; nothing acknowledged may be lost
	@$(PY) -m deploy.drill $(ARGS)

upgrade-drill: setup ## the previous programme and this one on one database at the same time
	@$(PY) -m deploy.upgrade $(ARGS)

shards: setup ## what partitions and shards cost and bring, with the real table
	@$(PY) -m deploy.shards $(ARGS)

bundle: setup ## one archive for a server without internet (ARGS="--debs --test")
	@deploy/bundle $(ARGS)

requirements: ## write both requirements files anew from pyproject.toml (needs uv)
	@tools/requirements

clean: ## remove .venv, caches and the demo's data
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov test-results var/demo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find casemgr -name '*.mo' -delete 2>/dev/null || true
