# `make run` and `make test` are all that a newcomer needs; both install what is missing.

SIGNET = .build/release/signet
SWIFT_SOURCES = Package.swift Sources Tests

.PHONY: run build test check fuzz sanitize bench format lint clean

## run: build and start a server with a demo app, in ./signet-data (ARGS='--port 9000' for more)
run: build
	$(SIGNET) serve --demo $(ARGS)

## build: the release binary, .build/release/signet
build:
	scripts/setup run
	swift build -c release --static-swift-stdlib --product signet

# In processes of their own: with more than some 1,300 descriptors open, Foundation's Process reads behind a buffer when it starts a
# program; and what one test starts may keep the pipes of another's open, which those that kill and wait can't have.
## test: every test (ARGS='--filter JSON' for some of them)
test:
	scripts/setup test
	swift build --build-tests
	$(if $(ARGS),swift test --skip-build $(ARGS),swift test --skip-build --skip ServerTests \
		&& swift test --skip-build --filter ServerTests --skip KillTests && swift test --skip-build --filter KillTests)

## check: what CI runs: format and arrows, the release build, every test, the server tests and the budgets on the release binary, a minute of fuzzing for each target
check: lint build test
	SIGNET_BINARY="$$PWD/$(SIGNET)" swift test --skip-build --filter ServerTests --skip KillTests
	benchmarks/mallocs
	scripts/fuzz 60

## fuzz: feed what reads strangers' bytes until something breaks (ARGS='600 http json' for ten minutes each of these)
fuzz:
	scripts/setup run
	scripts/fuzz $(ARGS)

## sanitize: every test under the thread and under the address sanitizer
sanitize:
	scripts/setup test
	scripts/sanitize thread $(ARGS)
	scripts/sanitize address $(ARGS)

## bench: the cost of a call beside nginx
bench: build
	scripts/setup bench
	benchmarks/run $(ARGS)

## format: rewrite the sources in the house's format
format:
	swift format format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

## lint: the format, and which module imports which
lint:
	scripts/setup test
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)
	scripts/check-arrows

clean:
	rm -rf .build .build-*
