# Every verb a person or a machine needs. `make help` lists them; .ci/run calls the same ones.
SHELL := /bin/bash
PYTHON ?= python3.11
COMPANY ?= demo/company.yml
WAREHOUSE ?= demo/warehouse/warehouse.duckdb
# Where the peers of the benchmark are cloned.
CHECKOUTS ?= ../peers
# The demo company's time ends here.
DEMO_AS_OF := 2025-07-01T00:00:00Z
BIN := .venv/bin
# A path as one word of the shell, whatever signs it has.
quoted = '$(subst ','\'',$(1))'
# Set by some base images; without byte code every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help setup lock run night sample test test-slow test-spark test-models mutations fuzz kills lint format dev cookbook tour rooms settings suffixes superset dbt-package docs quality golden growth bench peers backtest clean

help: ## list the verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## create .venv from requirements.lock

.venv/.ready: requirements.lock pyproject.toml
	@command -v $(call quoted,$(PYTHON)) >/dev/null || { echo "make: "$(call quoted,$(PYTHON))" was not found. Install Python 3.11 or name yours: make setup PYTHON=python3.12" >&2; exit 2; }
	$(call quoted,$(PYTHON)) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

lock: ## resolve the pins of pyproject.toml into requirements.lock
	$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile --quiet pyproject.toml --extra spark --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" -o requirements-spark.lock

run: setup ## write the demo company and run its night (the first number)
	@if [ -f demo/company.yml ]; then $(BIN)/saas-metrics run --company demo/company.yml --as-of $(DEMO_AS_OF); \
		else $(BIN)/saas-metrics demo --dir demo; fi

night: setup ## run the night of COMPANY=path/to/company.yml
	$(BIN)/saas-metrics run --company $(call quoted,$(COMPANY))

sample: setup ## run the night of the small committed sample
	$(BIN)/saas-metrics run --company sample/company.yml --as-of 2025-07-01T00:00:00Z

test: setup ## the tests of a commit
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder

test-spark: setup .venv-spark/.ready ## runs on a cluster of Spark against runs on DuckDB, row by row, workers killed too, through Spark Connect too, revenue by each granularity; needs Java 17
	rm -rf build/spark
	$(BIN)/saas-metrics demo --dir build/spark
	$(BIN)/saas-metrics close 2025-05 --company build/spark/company.yml
	$(BIN)/python -m tests.spark.odd_rows build/spark
	.venv-spark/bin/python -m tests.spark build/spark/company.yml --as-of $(DEMO_AS_OF)
	.venv-spark/bin/python -m tests.spark build/spark/company.yml --as-of $(DEMO_AS_OF) --faults
	.venv-spark/bin/python -m tests.spark build/spark/company.yml --as-of $(DEMO_AS_OF) --connect
	.venv-spark/bin/python -m tests.spark.granularities build/spark/granularities

.venv-spark/.ready: .venv/.ready requirements-spark.lock
	$(call quoted,$(PYTHON)) -m venv --clear .venv-spark
	$(BIN)/uv pip sync --quiet --python .venv-spark/bin/python --require-hashes requirements-spark.lock
	$(BIN)/uv pip install --quiet --python .venv-spark/bin/python --no-deps --editable .
	@touch $@

test-models: setup ## dbt unit tests and data tests only
	$(BIN)/python -m pytest -q tests/models

test-slow: setup ## the long tests: kill -9, disk full, thousands of timelines (TESTS=tests/runs for some)
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

kills: setup ## every fault, KILLS=1000 kills (PIPELINE=100 of them over whole runs), and the figures of docs/reliability.md
	PYTHONPATH=tests $(BIN)/python -m reliability $${KILLS:-1000} --pipeline $${PIPELINE:-100} --seed $${SEED:-1}

fuzz: setup ## five minutes of broken bytes, lines and columns against the landing room
	$(BIN)/python tests/landing/fuzz_landing.py 300 $${SEED:-1}

mutations: setup ## which conditions, comparisons and joins of the models no unit test holds (MODELS="..." for some)
	PYTHONPATH=tests:. $(BIN)/python -m tests.models.mutations $(MODELS)

quality: setup ## play honest and corrupted days (some 20 minutes) and write both rates and every rule into docs/quality.md
	$(BIN)/python -m tests.plausibility

golden: setup ## the published worked examples, through the whole pipeline
	$(BIN)/python -m pytest -q tests/golden

growth: setup ## count what the MRR models do at a small volume, against benchmarks/growth.json
	$(BIN)/python -m benchmarks.growth

bench: setup ## what the engine and a night cost, as ratios (VERSIONS=10000000 for ten times the volume)
	$(BIN)/python -m benchmarks.engine $${VERSIONS:-1000000}
	$(BIN)/python -m benchmarks.runs --versions $${VERSIONS:-1000000}
	$(BIN)/python -m benchmarks.fixed_cost

peers: setup ## the same rows by mrr-playbook, fight-churn, dbt_stripe, pandas and polars, cloned into CHECKOUTS=folder (benchmarks/README.md)
	$(BIN)/python -m benchmarks.peers $(call quoted,$(CHECKOUTS)) --versions $${VERSIONS:-200000}

lint: setup ## ruff, mypy, sqlfluff, the rooms of models
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models tests/dbt
	$(BIN)/python -m pytest -q tests/models/test_rooms.py

backtest: setup ## measure the forecast on companies of many shapes, and write the table of docs/forecast.md (SEEDS=10)
	$(BIN)/python -m benchmarks.backtest --seeds $${SEEDS:-10} --medium $${MEDIUM:-20}

format: setup ## let ruff and sqlfluff mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 --disable-progress-bar models tests/dbt

dev: setup ## the Dagster UI on COMPANY's assets, http://127.0.0.1:3000
	$(BIN)/saas-metrics dev --company $(call quoted,$(COMPANY))

cookbook: setup ## build the cookbook's company into build/cookbook and write what its queries give
	rm -rf build/cookbook
	$(BIN)/python -m tests.cookbook build/cookbook

tour: setup ## build the demo company into build/tour and write what the tour's queries give
	rm -rf build/tour
	$(BIN)/saas-metrics demo --dir build/tour
	$(BIN)/python -m tests.tour build/tour/company.yml

rooms: setup ## draw the rooms of models into docs/rooms.md
	$(BIN)/python -m tests.models.picture

settings: setup ## write the schema of company.yml and the tables of docs/company.md
	$(BIN)/python -m tests.settings.reference_page

suffixes: setup ## write the seed of public suffixes from the list that the pinned tldextract brings
	$(BIN)/python -m tests.identity.suffixes

dbt-package: setup ## write the sources of examples/dbt_package anew from the models
	$(BIN)/python examples/dbt_package/write.py

superset: setup ## pack examples/superset over WAREHOUSE=path/to/warehouse.duckdb into build/superset.zip, which Superset imports
	@mkdir -p build
	$(BIN)/python examples/superset/pack.py $(call quoted,$(WAREHOUSE)) build/superset.zip

docs: sample ## one offline page of all models, build/docs.html
	$(BIN)/saas-metrics docs --company sample/company.yml --into build/docs.html

clean: ## remove what the verbs made (the demo company and its warehouse included)
	rm -rf .venv .venv-spark demo target logs build .dagster .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
