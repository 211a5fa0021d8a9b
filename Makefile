# Everything a person types. After any of these, plain cargo commands work with nothing exported.
#
#   make figures                                            Figures 1, 5, 6, 7 at the quick profile
#   make figures PROFILE=desk DATA=cifar-10-binary.tar.gz   the same on the real CIFAR-10
#   make test                                               every check
#   make soak                                               runs and sweeps killed in many places
#   make fuzz                                               parsers of files given any bytes
#
# PROFILE=quick|desk|paper  DATA=archive or folder  SEEDS=n  JOBS=runs at a time  SWEEPS="figure6 selectors"

PROFILE ?= quick
DATA ?=
SEEDS ?=
# One run per core; on a GPU one run at a time.
JOBS ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo 1 || nproc 2>/dev/null || echo 1)
SWEEPS ?= figure5 figure6 figure7

BIN := $(or $(CARGO_TARGET_DIR),target)/release
RESULTS := data/results/$(PROFILE)
SETTINGS := --profile $(PROFILE) --jobs $(JOBS) $(if $(DATA),--data '$(subst ','\'',$(DATA))') $(if $(SEEDS),--seeds $(SEEDS))

.PHONY: help setup build figures analysis sweeps draw publish test soak fuzz check bench clean

help:
	@sed -n '2,11s/^# \{0,1\}//p' Makefile

setup:
	@scripts/setup.sh

build: setup
	cargo build --release --workspace --bins

figures: analysis sweeps draw

analysis: build
	$(BIN)/swast-analysis prune --out $(RESULTS)
	$(BIN)/swast-analysis epsilon --pairing disjoint,subset,at-fit --solver exact,argmin --out $(RESULTS)

sweeps: build
	@set -ex; for sweep in $(SWEEPS); do \
	    $(BIN)/swast-trainer sweep $$sweep $(SETTINGS); \
	done

draw: build
	$(BIN)/swast-figures draw all --profile $(PROFILE)
	$(BIN)/swast-figures report --profile $(PROFILE)

publish: build
	@python3 scripts/publish.py $(PROFILE) $(BIN)/swast-figures

# The end-to-end tests run the commands that stand beside them, so those are built first. Release, so that one build
# serves `make figures` and `make test`: the larger part of the time goes into building libtorch's bindings.
test: setup
	cargo build --release --workspace --bins
	cargo test --release --workspace

# Runs and sweeps killed, stopped and damaged in many places, and our sparse kernels under valgrind; under 25 minutes on
# two cores.
soak: setup
	cargo build --release -p swast-trainer
	cargo test --release -p swast-tests --test survival -- --ignored --nocapture --test-threads 2
	scripts/memory.sh

# Parsers given any bytes, a minute each.
fuzz:
	tests/fuzz/run.sh

check: setup
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --release --workspace --no-deps --document-private-items

bench: setup
	analysis/benches/peers/compare.sh
	trainer/benches/peers/compare.sh
	trainer/benches/peers/throughput.sh

clean:
	cargo clean
	rm -rf figures/out
