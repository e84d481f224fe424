# `make run` and `make test` are all that a newcomer needs; both install what is missing.

SIGNET = .build/release/signet
DIST = .build/dist/signet
SWIFT_SOURCES = Package.swift Sources Tests

.PHONY: run build dist deb test check fuzz sanitize bench format lint clean

## run: build and start a server with a demo app, in ./signet-data (ARGS='--port 9000' for more)
run: build
	$(SIGNET) serve --demo $(ARGS)

## build: the release binary, .build/release/signet; SIGNET_STATIC=0 with Debian's shared libraries in place of its archives
build:
	scripts/setup run
	SIGNET_STATIC=$(or $(SIGNET_STATIC),1) swift build -c release --static-swift-stdlib --product signet

## dist: that binary as it is given away, stripped and checked, .build/dist/signet
dist: build
	scripts/dist

## deb: the Debian package of that file, in .build/dist
deb: dist
	scripts/deb

## test: every test (ARGS='--filter JSON' for some of them, SANITIZE=address or thread under that sanitizer)
test:
	scripts/setup test
	scripts/tests $(or $(SANITIZE),plain) $(ARGS)

# Three things at a time: a build, tests that compute, and what mostly waits: servers that are killed and started again,
# tests of the release, then the fuzzer, which takes what the others leave. Each begins when what it stands behind has
# ended.
## check: what CI runs: format and arrows; every test under the address and the thread sanitizer; the server tests, kills and budgets on the release binary; the package; a minute of fuzzing for each target
check: lint
	$(MAKE) --no-print-directory --jobs 3 ARGS= checked-thread-server checked-thread-kills checked-fuzz

.PHONY: built-address built-release built-fuzz built-thread \
	checked-units checked-server checked-kills checked-release-kills checked-release checked-mallocs checked-deb \
	checked-thread-server checked-thread-units checked-thread-kills checked-fuzz
built-address:
	scripts/tests address --build
built-release: built-address
	$(MAKE) --no-print-directory dist
built-fuzz: built-release
	scripts/fuzz --build
built-thread: built-fuzz
	scripts/tests thread --build

checked-units: built-address
	$(MAKE) --no-print-directory test SANITIZE=address ARGS='--skip ServerTests'
checked-server: checked-units
	scripts/tests address --run --filter ServerTests --skip KillTests
checked-kills: checked-units
	SIGNET_RANDOM_KILLS=25 scripts/tests address --run --filter KillTests
# Server tests wait for processes now and then, which the unit tests use.
checked-thread-server: checked-server built-thread
	scripts/tests thread --run --filter ServerTests --skip KillTests
checked-thread-units: checked-server built-thread
	scripts/tests thread --run --skip ServerTests
checked-thread-kills: checked-thread-units
	scripts/tests thread --run --filter KillTests
checked-release-kills: checked-kills built-release
	SIGNET_BINARY="$$PWD/$(DIST)" scripts/tests address --run --filter KillTests
checked-release: checked-release-kills
	SIGNET_BINARY="$$PWD/$(DIST)" scripts/tests address --run --filter ServerTests --skip KillTests
checked-mallocs: checked-release
	benchmarks/mallocs
checked-deb: checked-mallocs
	DEB_COMPRESSION='-Zgzip -z1' scripts/check-deb
checked-fuzz: checked-deb built-fuzz
	nice scripts/fuzz 60

## fuzz: feed what reads strangers' bytes until something breaks (ARGS='600 http json' for ten minutes each of these)
fuzz:
	scripts/setup run
	scripts/fuzz $(ARGS)

## sanitize: every test under the thread and under the address sanitizer
sanitize:
	$(MAKE) test SANITIZE=thread
	$(MAKE) test SANITIZE=address

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
