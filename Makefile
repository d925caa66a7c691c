# Two commands do everything: `make serve` and `make test`. The others are parts of them, or for developers.

ANTQ_DATABASE ?= antq.db
export ANTQ_LISTEN ?= 127.0.0.1:8080

.PHONY: help serve test web build schema schema-check schema-release contract-check lint browser-test
help:
	@echo "make serve         build, create ./$(ANTQ_DATABASE) with the demo when there is none, serve on http://$(ANTQ_LISTEN)"
	@echo "make test          every test, on SQLite and PostgreSQL, and GraphiQL in a browser"
	@echo "make schema        write schema.graphql anew; read the difference"
	@echo "make lint          what CI checks before the tests: format, clippy, schema, contract"
	@echo "make fuzz          ten million executions of the parsers, guided by what they run through; about half an hour"
	@echo "make fuzz-queries  SECONDS=600 of queries made up from the schema"
	@echo "make soak          kills the program and the database RUNS=100 times in each kind of write, and copies while others write; 70 minutes"
	@echo "make clients       subscriptions with the clients that people use: graphql-ws, graphql-sse, Apollo Client, gql"
	@echo "make kit           the attack and conformance kit, if it is there"
	@echo "make bench         the comparison of docs/BENCHMARKS.md, about 20 minutes; make bench-growth: ten times the nation"
	@echo "make bench-questions  every filter, order and group of the schema at the nation's scale"
	@echo "make bench-parts   the parts by the clock, about 3 minutes; make bench-check: by instructions, against those recorded"

# --- what must be there -----------------------------------------------------------------------------------------------
.PHONY: need-rust need-node need-chromium
need-rust:
	@command -v cargo >/dev/null || { echo "Rust is missing: https://rustup.rs" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing: sudo apt-get install build-essential" >&2; exit 1; }
need-node:
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || a == 22 && b >= 12 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null || { echo "Node.js 20.19+ or 22.12+ with npm is missing: https://nodejs.org" >&2; exit 1; }
need-chromium:
	@test -n "$$CHROMIUM" || command -v chromium >/dev/null || { echo "Chromium is missing: sudo apt-get install chromium, or set CHROMIUM to one" >&2; exit 1; }

# --- serving ----------------------------------------------------------------------------------------------------------
TARGET := $(or $(CARGO_TARGET_DIR),target)
ANTQ := $(TARGET)/release/antq

# The secrets lie beside the database, unless ANTQ_SECRETS or ANTQ_SECRETS_FILE says otherwise: what is hashed and sealed in
# the one is worth nothing without the other.
ifeq ($(ANTQ_SECRETS)$(ANTQ_SECRETS_FILE),)
SECRETS := $(ANTQ_DATABASE).secrets
serve $(ANTQ_DATABASE): export ANTQ_SECRETS_FILE := $(SECRETS)
endif

# The demo's members are invented: everyone may see them. With a real roster, set this to nothing.
serve: export ANTQ_ANONYMOUS_SCOPES ?= members:read
serve: build $(SECRETS)
	@test -f $(ANTQ_DATABASE) || $(MAKE) --no-print-directory $(ANTQ_DATABASE)
	@$(ANTQ) migrate --database-url sqlite://$(ANTQ_DATABASE)
	@exec $(ANTQ) serve --database-url sqlite://$(ANTQ_DATABASE)

# Made beside its place and moved there when it is whole, so that an interrupted start leaves nothing half-filled.
$(ANTQ_DATABASE):
	@rm -f $@.new $@.new-*
	@$(ANTQ) migrate --database-url sqlite://$@.new
	@$(ANTQ) load --database-url sqlite://$@.new
	@$(ANTQ) demo --database-url sqlite://$@.new --scale cantho
	@mv $@.new $@

# Nobody else on this machine may read them. The program must be there; when it is newer, they stay as they are.
$(ANTQ_DATABASE).secrets: | build
	@umask 077 && $(ANTQ) secret > $@.new && mv $@.new $@

build: need-rust web
	cargo build --release --features ide

web: need-node web/dist/index.html
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.js $(wildcard web/src/* web/public/* web/examples/*)
	cd web && npm run build

# --- testing ----------------------------------------------------------------------------------------------------------
test: need-rust need-node need-chromium web
	tests/with-postgres.sh cargo test --workspace --features ide
	ANTQ_BIN=$(abspath $(TARGET)/debug/antq) tests/with-postgres.sh tests/dump.sh
	@$(MAKE) --no-print-directory browser-test

# GraphiQL by hand and eye, in a real browser over a real server.
BROWSER_DATABASE := $(TARGET)/tmp/browser.db
browser-test: need-chromium web
	cargo build --features ide
	@mkdir -p $(TARGET)/tmp && rm -f $(BROWSER_DATABASE)*
	@for command in migrate load demo; do $(TARGET)/debug/antq $$command --database-url sqlite://$(BROWSER_DATABASE) || exit 1; done
	ANTQ_BIN=$(abspath $(TARGET)/debug/antq) ANTQ_BROWSER_DATABASE_URL=sqlite://$(abspath $(BROWSER_DATABASE)) \
		node --test tests/browser/*.test.mjs

# Needs Python for writing beside the server; where gql cannot be installed, its test says so and is left out.
.PHONY: clients
CLIENTS := $(TARGET)/tmp/clients
clients: need-rust need-node web tests/clients/node_modules/.package-lock.json
	cargo build --features ide
	@command -v python3 >/dev/null || { echo "Python 3.9 or newer is missing: sudo apt-get install python3" >&2; exit 1; }
	@mkdir -p $(CLIENTS) && rm -f $(CLIENTS)/antq.db*
	@for command in migrate load demo; do $(TARGET)/debug/antq $$command --database-url sqlite://$(CLIENTS)/antq.db || exit 1; done
	@cmp -s tests/clients/requirements.txt $(CLIENTS)/python/installed || { rm -rf $(CLIENTS)/python; python3 -m venv $(CLIENTS)/python && $(CLIENTS)/python/bin/pip install -q --disable-pip-version-check -r tests/clients/requirements.txt && cp tests/clients/requirements.txt $(CLIENTS)/python/installed || echo "gql for Python cannot be installed: its test is left out." >&2; }
	ANTQ_BIN=$(abspath $(TARGET)/debug/antq) ANTQ_CLIENTS_DATABASE=$(abspath $(CLIENTS)/antq.db) \
		ANTQ_CLIENTS_PYTHON=$$(test -f $(CLIENTS)/python/installed && echo $(abspath $(CLIENTS)/python/bin/python)) \
		node --test --test-timeout=100000 tests/clients/*.test.mjs
tests/clients/node_modules/.package-lock.json: tests/clients/package.json tests/clients/package-lock.json
	cd tests/clients && npm ci --no-audit --no-fund --loglevel=error

lint: need-rust web
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --features ide -- -D warnings
	cargo clippy -- -D warnings
	@cargo tree --quiet --locked --manifest-path fuzz/Cargo.toml >/dev/null || { echo "fuzz/Cargo.lock is not that of Cargo.toml: run \`cargo update --workspace\` in fuzz/" >&2; exit 1; }
	$(MAKE) --no-print-directory schema-check contract-check

schema: need-rust
	cargo run --quiet -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql
schema-check: need-rust
	@cargo run --quiet --features ide -- schema | diff -u schema.graphql - || { echo "schema.graphql differs from the code: run \`make schema\`, and read the difference" >&2; exit 1; }

# What was released is what clients know: it changes with a release, and with nothing else.
contract-check: need-rust
	@cargo run --quiet --features ide -- schema --against schema.released.graphql
schema-release: need-rust schema-check
	@{ echo "# antq $$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1), released on $$(date -u +%F)"; cat schema.graphql; } > schema.released.graphql

# --- killing ----------------------------------------------------------------------------------------------------------
# What `make test` does a few times, as often as RUNS says. CRASH_SEED takes the moments of an earlier run again.
.PHONY: soak
RUNS ?= 100
soak: need-rust
	CRASH_RUNS=$(RUNS) tests/with-postgres.sh cargo test --test api -- crash --nocapture --test-threads 2
	SYNC_WRITES=20000 SYNC_SEED=$$(date +%s) tests/with-postgres.sh cargo test --test api -- feed::a_copy --nocapture

# --- attacking --------------------------------------------------------------------------------------------------------
.PHONY: kit fuzz fuzz-queries
kit: need-rust need-node
	cargo build --features ide
	ANTQ_BIN=$(abspath $(or $(ANTQ_BIN),$(TARGET)/debug/antq)) tests/kit.sh

# Needs a C++ compiler, for libFuzzer. RUNS executions of each, or ten million in all.
fuzz: need-rust
	fuzz/run.sh
SECONDS ?= 600
fuzz-queries: need-rust need-node
	$(if $(ANTQ_BIN),,cargo build)
	ANTQ_BIN=$(abspath $(or $(ANTQ_BIN),$(TARGET)/debug/antq)) SECONDS=$(SECONDS) node fuzz/queries.mjs

# --- measuring --------------------------------------------------------------------------------------------------------
# SECONDS_EACH is how long each timed run takes, ANTQ_BIN a program to measure in place of the one built here.
.PHONY: bench bench-growth bench-questions bench-antq bench-peers need-wrk need-postgres
COMPARE := benches/compare
COMPARED := ANTQ_BIN=$(abspath $(or $(ANTQ_BIN),$(ANTQ))) ANTQ_BUILT=$(if $(ANTQ_BIN),elsewhere,here) \
	HANDWRITTEN_BIN=$(abspath $(TARGET)/release/antq-compare-handwritten) SEAOGRAPHY_BIN=$(abspath $(TARGET)/release/antq-compare-seaography)

bench: need-rust need-node need-wrk need-postgres bench-antq bench-peers
	tests/with-postgres.sh env $(COMPARED) node $(COMPARE)/bench.mjs
bench-questions: need-rust need-node bench-antq
	env $(COMPARED) node $(COMPARE)/questions.mjs
bench-growth: need-rust need-node need-wrk need-postgres bench-antq $(COMPARE)/postgraphile/node_modules/.package-lock.json
	tests/with-postgres.sh env $(COMPARED) node $(COMPARE)/growth.mjs

bench-antq:
	$(if $(ANTQ_BIN),,cargo build --release)
bench-peers: $(COMPARE)/postgraphile/node_modules/.package-lock.json
	cargo build --release --locked --target-dir $(TARGET) --manifest-path $(COMPARE)/handwritten/Cargo.toml
	cargo build --release --locked --target-dir $(TARGET) --manifest-path $(COMPARE)/seaography/Cargo.toml
# PostGraphile brings a Node.js of its own, so what npm says about this machine's does not matter.
$(COMPARE)/postgraphile/node_modules/.package-lock.json: $(COMPARE)/postgraphile/package.json $(COMPARE)/postgraphile/package-lock.json
	cd $(COMPARE)/postgraphile && npm ci --no-audit --no-fund --loglevel=error

# The parts. UPDATE_RECORDED=1 records what bench-check counts, in benches/instructions.txt.
.PHONY: bench-parts bench-check need-valgrind
bench-parts: need-rust
	cargo bench --bench parts
bench-check: need-rust need-valgrind
	cargo bench --bench instructions

need-wrk:
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk >/dev/null; } || { echo "wrk is missing: sudo apt-get install wrk" >&2; exit 1; }
need-valgrind:
	@command -v valgrind >/dev/null || { echo "Valgrind is missing: sudo apt-get install valgrind" >&2; exit 1; }
need-postgres:
	@tests/with-postgres.sh true
