# The README's commands. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test build everything unit style format tidy fuzz asan tsan bench-apps bench-log bench-micro clean setup-run setup-test

PRESET ?= release
JOBS ?= $(shell nproc)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup-run build ## set up, build, and run a bank from PostgreSQL to a live balances view
	@examples/bank/run $(ARGS)

test: setup-test everything ## set up, build, and pass every test
	@scripts/test

build: setup-run ## the release binary, build/release/daybook, and the bank's driver
	@scripts/build $(PRESET) daybook bank-sim

everything: setup-run ## the tests' programs besides
	@scripts/build $(PRESET)

unit: everything ## the rooms' own tests only
	@scripts/test unit

style: setup-test everything ## the rules of CONTRIBUTING.md
	@scripts/test style

format: setup-test ## lay the sources out as the style test wants them
	@git ls-files -co --exclude-standard 'src/*.h' 'src/*.cpp' | xargs clang-format-19 -i

tidy: everything setup-test ## clang-tidy over what differs from main (ALL=1: over everything)
	@scripts/tidy $(if $(ALL),--all)

fuzz: setup-test ## every fuzzer for a bounded time (DAYBOOK_FUZZ_SECONDS=n)
	@DAYBOOK_FUZZ_ALL=1 scripts/test fuzz

asan: setup-test ## the rooms' tests under address and undefined-behaviour sanitizers
	@scripts/build asan && scripts/test unit --build build/asan

tsan: setup-test ## the rooms' tests under the thread sanitizer
	@scripts/build tsan && scripts/test unit --build build/tsan

bench-apps: setup-test ## Daybook's apps against Kafka Streams, 30 minutes; refreshes docs/benchmarks.md (PLAN=quick)
	@scripts/build $(PRESET) daybook app_load
	@bench/apps/run --plan $(or $(PLAN),full)

bench-log: setup-test ## Daybook against Apache Kafka, 20 minutes; refreshes docs/benchmarks.md (PLAN=quick)
	@scripts/build $(PRESET) daybook log_load
	@bench/log/run --plan $(or $(PLAN),full)

bench-micro: setup-run ## the parts of the log's hot path by themselves (FILTER=regex)
	@bench/micro $(FILTER)

clean: ## forget everything that was built; what was downloaded stays in .cache
	@rm -rf build

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test
