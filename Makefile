# Each target is the whole set-up: it makes its own virtual environment and installs what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# pip installs uv, and uv the rest: the same packages, fifteen times as fast.
UV := .venv-uv/bin/uv
NEW_VENV = $(UV) venv --quiet --clear --no-python-downloads --python "$$(command -v $(PYTHON))"
INSTALL = $(UV) pip install --quiet --python

# Tests start hundreds of processes, each of which would compile the packages again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: docs page libraries help demo test test-boards test-oldest test-neighbours test-routers test-routers-newest test-clients test-collector test-deployment test-grafana test-browser pictures dashboards collector telemetrygen lint soak bench lock upgrade prices clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -m venv .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(INSTALLED): requirements/dev.txt pyproject.toml | $(UV)
	@echo "Installing into $(VENV) (about 1 GB, most of it the embedded ClickHouse) ..." >&2
	@$(NEW_VENV) $(VENV)
	@$(INSTALL) $(VENV) -r requirements/dev.txt
	@$(INSTALL) $(VENV) --no-deps -e .
	@touch $@

demo: $(INSTALLED) ## run the example support inbox and show what each route cost
	@$(BIN)/llmroute run -- $(BIN)/python examples/support_inbox/main.py

# Run by targets of their own: they take long, or need more than Python.
BOARDS := $(addprefix store/,test_boards.py test_boards_asked.py test_budget_use.py test_forecast.py test_measured_calls.py)
APART := $(BOARDS) routers neighbours clients collector deployment dashboards grafana browser

# Each worker takes whole files as long as there are any: what the tests of a file share is made once.
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

test: $(INSTALLED) ## run the tests
	$(PYTEST) tests $(addprefix --ignore=tests/,$(APART))

test-boards: $(INSTALLED) ## hold every figure of boards and budgets against ledgers made at random
	$(PYTEST) $(addprefix tests/,$(BOARDS))

test-oldest: .venv-oldest/.installed ## run the tests of the app side on the oldest SDKs
	.venv-oldest/bin/python -m pytest -n 2 tests/app

.venv-oldest/.installed: tests/oldest-sdks.txt pyproject.toml | $(UV)
	@$(NEW_VENV) .venv-oldest
	@$(INSTALL) .venv-oldest -r tests/oldest-sdks.txt -e .
	@touch $@

test-neighbours: .venv-neighbours/.installed .venv-openlit/.installed ## run ours beside the other instrumentations
	.venv-neighbours/bin/python -m pytest -n 2 tests/neighbours
	.venv-openlit/bin/python -m pytest -n 2 tests/neighbours

.venv-neighbours/.installed: tests/neighbours/requirements.txt pyproject.toml | $(UV)
	@$(NEW_VENV) .venv-neighbours
	@$(INSTALL) .venv-neighbours -r tests/neighbours/requirements.txt -e .
	@touch $@

# OpenLIT refuses the newest SDKs.
.venv-openlit/.installed: tests/neighbours/requirements-openlit.txt pyproject.toml | $(UV)
	@$(NEW_VENV) .venv-openlit
	@$(INSTALL) .venv-openlit -r tests/neighbours/requirements-openlit.txt -e .
	@touch $@

test-clients: $(INSTALLED) .venv-clients/.installed ## send from JavaScript, Go and rotel (needs npm and go)
	LLMROUTE_ROTEL="$$(echo $(CURDIR)/.venv-clients/lib/python3*/site-packages/rotel/rotel-agent)" \
	  $(BIN)/python -m pytest -rs tests/clients

.venv-clients/.installed: tests/clients/requirements.txt | $(UV)
	@$(NEW_VENV) .venv-clients
	@$(INSTALL) .venv-clients -r tests/clients/requirements.txt
	@touch $@

ROUTERS := $(patsubst tests/routers/%.txt,%,$(wildcard tests/routers/*/*.txt))

test-routers: $(addprefix test-routers/,$(ROUTERS)) ## see the decisions of every router, newest and oldest, each in an environment of its own

test-routers-newest: $(addprefix test-routers/,$(filter %/newest,$(ROUTERS))) ## the same, the newest versions only

test-routers/%: .venv-routers/%/.installed
	.venv-routers/$*/bin/python -m pytest -q -rs tests/routers/$(*D)

.PRECIOUS: .venv-routers/%/.installed
.venv-routers/%/.installed: tests/routers/%.txt pyproject.toml | $(UV)
	@echo "Installing $* ..." >&2
	@$(NEW_VENV) .venv-routers/$*
	@$(INSTALL) .venv-routers/$* -r tests/routers/$*.txt -e .
	@! test -e tests/routers/$*.alone || $(INSTALL) .venv-routers/$* --no-deps -r tests/routers/$*.alone
	@touch $@

COLLECTOR := collector/build/otelcol-llmroute

collector: $(COLLECTOR) ## build the collector distribution (needs go)

$(COLLECTOR): collector/builder.yaml
	@echo "Building $(COLLECTOR) (a few minutes the first time) ..." >&2
	@cd collector && GOBIN=$(CURDIR)/collector/build/bin go install go.opentelemetry.io/collector/cmd/builder@v0.161.0
	@cd collector && build/bin/builder --config builder.yaml 2> build/builder.log || { cat build/builder.log; exit 1; }
	@touch $@

telemetrygen: collector/build/bin/telemetrygen ## build the load generator of benchmarks/collector.py (needs go)

collector/build/bin/telemetrygen:
	@GOBIN=$(CURDIR)/collector/build/bin go install \
	  github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@v0.161.0

test-collector: $(INSTALLED) $(COLLECTOR) ## run the real collector between an app and the engine
	LLMROUTE_COLLECTOR=$(CURDIR)/$(COLLECTOR) $(BIN)/python -m pytest -rs -n 2 tests/collector

test-deployment: $(INSTALLED) .venv-deployment/.installed ## check the files and guides for Docker and Kubernetes (needs go and openssl)
	.venv-deployment/bin/python -m pytest -rs tests/deployment

TOOLS := tests/deployment/tools

.venv-deployment/.installed: tests/deployment/requirements.txt $(TOOLS)/go.mod $(TOOLS)/go.sum | $(UV)
	@echo "Building Docker Compose, Kustomize and actionlint (two minutes the first time) ..." >&2
	@$(NEW_VENV) .venv-deployment
	@$(INSTALL) .venv-deployment -r tests/deployment/requirements.txt
	@cd $(TOOLS) && go build -o $(CURDIR)/.venv-deployment/bin/docker-compose \
	  -ldflags "-X $$(go list -f '{{.Module.Path}}/internal.Version={{.Module.Version}}' github.com/docker/compose/v5/cmd)" \
	  github.com/docker/compose/v5/cmd
	@cd $(TOOLS) && go build -o $(CURDIR)/.venv-deployment/bin/ sigs.k8s.io/kustomize/kustomize/v5
	@GOBIN=$(CURDIR)/.venv-deployment/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
	@touch $@

test-grafana: $(INSTALLED) tests/grafana/node_modules/.installed ## check dashboards and alerts on the engine and by Grafana's own packages (needs npm and go)
	$(BIN)/python -m pytest -rs -n 2 tests/dashboards tests/grafana

tests/grafana/node_modules/.installed: tests/grafana/package-lock.json
	@cd tests/grafana && npm ci --no-audit --no-fund --ignore-scripts --silent
	@touch $@

test-browser: $(INSTALLED) .venv-browser/.installed ## use the page in a real Chromium (needs npm)
	PYTHONPATH=.venv-browser $(BIN)/python -m pytest -rs tests/browser

# Beside the environment of the tests, not in it: the store that is looked at is the one that the other tests run.
.venv-browser/.installed: tests/browser/requirements.txt tests/browser/package-lock.json | $(UV)
	@$(BIN)/python -c "from tests.browser.chromium import chromium; chromium()" 2> /dev/null \
	  || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq -y chromium > /dev/null; } \
	  || { echo "no Chromium: apt-get install chromium, or LLMROUTE_CHROMIUM=/its/path" >&2; exit 1; }
	@$(INSTALL) $(VENV) --upgrade --target .venv-browser -r tests/browser/requirements.txt
	@cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --silent
	@touch $@

pictures: $(INSTALLED) .venv-browser/.installed ## take the pictures of the page again, from the example
	PYTHONPATH=.venv-browser $(BIN)/python -m tools.build_page_pictures

dashboards: $(INSTALLED) ## make the dashboards and alert rules of Grafana
	@$(BIN)/python -m dashboards.build

lint: $(INSTALLED) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/public.py

soak: $(INSTALLED) ## kill the store a hundred times under load, and compare with the senders' ledger
	LLMROUTE_KILLS=100 $(BIN)/python -m pytest -s -o faulthandler_timeout=0 tests/store/test_kills.py

bench: $(INSTALLED) ## what we add to a call, beside the other instrumentations
	$(BIN)/python benchmarks/overhead.py

docs: $(INSTALLED) ## make the pages that are tables of the code
	@$(BIN)/python tools/build_docs.py

page: ## bundle the page again, after a change of its modules or style sheets (needs npm)
	cd tools/page && npm ci --no-fund --no-audit --silent && npm run --silent build

libraries: ## bundle the libraries of the page again (needs npm)
	cd tools/page && npm ci --no-fund --no-audit --silent && npm run --silent libraries

prices: $(INSTALLED) ## compile the price data of the installed genai-prices
	$(BIN)/python -m otel_llmroute.prices.build

# UPGRADE=1 takes the newest of everything, UPGRADE=genai-prices of one package; otherwise what is pinned stays.
lock: $(UV) ## resolve requirements/dev.txt again
	$(UV) pip compile pyproject.toml --extra local --group dev --universal --python-version 3.10 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" --quiet \
	  $(if $(filter 1,$(UPGRADE)),--upgrade,$(addprefix --upgrade-package=,$(UPGRADE))) --output-file requirements/dev.txt

NPM_LOCKS := tests/browser tests/clients/js tests/grafana tools/page
GO_LOCKS := tests/clients/go tests/grafana/rules tests/deployment/tools
GO_DIRECT := go list -m -f '{{if not (or .Main .Indirect)}}{{.Path}}@latest{{end}}' all

upgrade: $(UV) ## raise every pin of the tests to the newest release, but for the oldest versions (needs npm and go)
	@$(MAKE) --no-print-directory lock UPGRADE=1
	@$(PYTHON) tools/upgrade.py $(UV)
	@for each in $(NPM_LOCKS); do (cd $$each && npx --yes npm-check-updates@23.1.1 --peer --upgrade --loglevel error \
	  && npm install --package-lock-only --ignore-scripts --no-audit --no-fund --silent) || exit 1; done
	@for each in $(GO_LOCKS); do (cd $$each && go get tool $$($(GO_DIRECT)) && go mod tidy) \
	  || echo "$$each: not upgraded, see above" >&2; done

clean: ## remove the environments and the demo's data
	rm -rf .venv .venv-uv .venv-browser .venv-clients .venv-deployment .venv-oldest .venv-neighbours .venv-openlit .venv-routers .llmroute
