# Everything sets up its own environment. Needed: Python 3.11+, make, and for the
# fast kernels a C++ compiler (without one shoal runs on the XLA lowering).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NATIVE := $(shell find native -type f)

.PHONY: help demo test lint sanitize soak bench bench-tables catalogue docs dist clean

help:
	@echo "make demo   search a family of networks on 5,000 real digits"
	@echo "make test   every test, lint and type check"
	@echo "make soak   kill running searches 200 times, and read damaged files for an hour"
	@echo "make bench  the table of ratios against the peers (ONLY=name for one row)"
	@echo "make docs   the documentation site, every sample run (SAMPLES= for the site alone)"
	@echo "make dist   source distribution and wheel, tried in a new environment"
	@echo "make bench-tables  every method on every table, where that has not been done yet"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# One stamp for the package and one for each extra, remade when the package's own files ask
# for it. The package is built once: of an extra, only what it requires is installed.
REQUIRED := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))\
["project"]["optional-dependencies"][sys.argv[1]], sep="\n")

$(VENV)/installed: $(VENV)/bin/python pyproject.toml $(NATIVE)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-%: $(VENV)/installed
	$(BIN)/python -c '$(REQUIRED)' $* > $(VENV)/$*.txt
	$(BIN)/python -m pip install --quiet --requirement $(VENV)/$*.txt
	touch $@

demo: $(VENV)/installed
	mkdir -p out
	$(BIN)/shoal search mnist-5k --study out/demo.study --out out/demo.safetensors \
	  --report out/demo.html --force

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The C++ kernels under the address and undefined-behavior sanitizers.
sanitize: $(VENV)/installed-test
	PATH="$(abspath $(BIN)):$$PATH" sh tests/kernels/sanitize.sh build/sanitize 300

# Most of a test's time is XLA's, which compiles programs that run for a moment. What is not about
# the last bit of what lanes compute is compiled in a third of the time, to slower programs; what
# is, and pytest by itself, as users compile.
SIDE_BY_SIDE := -n 2 --dist worksteal
OF_BITS = tests/kernels tests/reference $(shell grep -lr --include 'test_*.py' mark.bits tests)
QUICKLY := --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1 \
  --xla_backend_optimization_level=0

# Types are checked by one processor, so kernels are compiled beside it. Whoever has no tests
# left takes some of the other: no processor is idle at the end. Compiled programs are shared by
# both (tests/conftest.py).
test: $(VENV)/installed-test
	$(MAKE) --no-print-directory --jobs 2 lint sanitize
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(OF_BITS)
	XLA_FLAGS="$$XLA_FLAGS $(QUICKLY)" $(BIN)/python -m pytest $(SIDE_BY_SIDE) \
	  $(addprefix --ignore ,$(OF_BITS))

# Two hundred kills of running searches, in place of the test's twenty-five; every task with
# several numbers of lanes; and an hour of damaged files of every format: one that makes
# trouble is left in out/fuzz. All of scikit-learn's checks of the estimators; and twenty times
# as many shapes of kernels and networks, each of which has to be compiled.
soak: $(VENV)/installed-test
	SHOAL_KILLS=200 $(BIN)/python -m pytest tests/tuning/test_never_lost.py tests/tuning/test_number_of_lanes.py
	SHOAL_CHECKS=all $(BIN)/python -m pytest tests/sklearn/test_checks.py
	SHOAL_EXAMPLES=20 $(BIN)/python -m pytest tests/kernels tests/nn/test_narrow_lanes.py \
	  tests/engine/test_schedules.py
	SHOAL_FUZZ_SECONDS=3600 $(BIN)/python -m pytest tests/fuzz

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks

# Hours: what there is of results is kept, so it can be broken off and run again. The networks
# for tables of others have an environment of their own.
PYTABKIT := $(VENV)/pytabkit

$(PYTABKIT)/installed: benchmarks/tables/pytabkit.txt
	$(PYTHON) -m venv $(PYTABKIT)
	$(PYTABKIT)/bin/python -m pip install --quiet --requirement $<
	touch $@

bench-tables: $(VENV)/installed-bench $(PYTABKIT)/installed
	$(BIN)/python -m benchmarks.tables run --full --pytabkit $(abspath $(PYTABKIT)/bin/python)
	$(BIN)/python -m benchmarks.tables report

# The list of layers, losses and all else, from their docstrings.
catalogue: $(VENV)/installed
	$(BIN)/python -m docs.catalogue

# The site with every sample run as it stands, in minutes: build/docs/html. A warning is an error.
SAMPLES := --samples

docs: $(VENV)/installed-docs $(VENV)/installed-text
	$(BIN)/python -m docs.site $(SAMPLES)

# The wheel is built from the source distribution, so that this holds all that a build needs.
dist: $(VENV)/installed-dist
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m release.check dist

clean:
	rm -rf build out .pytest_cache .mypy_cache .ruff_cache
