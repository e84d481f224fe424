# `make run` and `make test` are all that a newcomer needs; both install what is missing.

SWIFT_BUILD = swift build -c release --product signet
SIGNET = .build/release/signet
SWIFT_SOURCES = Package.swift Sources Tests

.PHONY: run test check build bench format lint sanitize clean

## run: build and start a server with a demo app, in ./signet-data
run: build
	$(SIGNET) serve --demo $(ARGS)

## build: the release binary, .build/release/signet
build:
	scripts/setup run
	$(SWIFT_BUILD)

## test: every test (ARGS='--filter JSON' for some of them)
test:
	scripts/setup test
	swift build --build-tests
	swift test --skip-build $(ARGS)

## check: what CI runs: lint, release build, tests, and which module imports which
check: lint build test

## sanitize: the whole suite under the thread and the address sanitizer
sanitize:
	scripts/setup test
	swift test --sanitize=thread --scratch-path .build-thread $(ARGS)
	swift test --sanitize=address --scratch-path .build-address $(ARGS)

## bench: the cost of a call beside nginx, on one pinned core
bench: build
	scripts/setup bench
	benchmarks/run $(ARGS)

## format: rewrite the sources in the house's format
format:
	swift format format --in-place --recursive --configuration .swift-format $(SWIFT_SOURCES)

## lint: format, arrows, scripts
lint:
	scripts/setup run
	swift format lint --strict --recursive --configuration .swift-format $(SWIFT_SOURCES)
	scripts/check-arrows

clean:
	rm -rf .build .build-*
