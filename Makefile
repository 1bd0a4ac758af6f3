# Everything here needs Go and make only; `tools` fetches the linter when it is first wanted.

MODULES     := schemas libs services/directory-monitor services/query-parser services/scheduler \
               services/presentation services/millrace integration
# What needs cgo and a large library is a module outside the workspace.
APART       := integration/duckdb
SERVICES    := directory-monitor query-parser scheduler presentation
PACKAGES    := $(addprefix ./,$(addsuffix /...,$(MODULES)))

# What monitor-kills does.
KILLS       ?= 100
BYTES       ?= 2000000000
SEED        ?= 0

# What simulate and faults do, besides SEED.
DURATION    ?= 2m
RATE        ?= 300
FAULTS      ?=
PLANTED     ?=
REPORT      ?=

# What drills does, besides SEED.
DRILL       ?= all
COUNT       ?= 0
HURRY       ?=
SLACK       ?= 1

# What bench does: where figures are kept, and the folder whose performance.md has them.
QUICK       ?=
CPU         ?=
OUT         ?= bin/bench$(if $(QUICK),-quick)
DOCS        ?= docs

# What page and containers look with.
CHROMIUM    ?= $(firstword $(foreach c,chromium chromium-browser google-chrome,$(shell command -v $(c) 2>/dev/null)))

# What writes to real servers does so only where they are named.
SERVERS      = @test -n "$$MILLRACE_BROKERS" && test -n "$$MILLRACE_REDIS" || { \
	echo "$@: set MILLRACE_BROKERS and MILLRACE_REDIS to a Kafka and a Redis that may be written to" >&2; exit 2; }

TOOLS       := $(CURDIR)/bin/tools
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)

.DEFAULT_GOAL := build

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 } \
		/^## / { printf "  %-14s %s\n", "", substr($$0, 4) }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/millrace and the four services
	CGO_ENABLED=0 go build -trimpath -o bin/ ./services/millrace/cmd/millrace \
		$(foreach s,$(SERVICES),./services/$(s)/cmd/$(s))

.PHONY: try
try: build ## Run sample queries over generated tweets, nothing else needed
	bin/millrace generate --lean --count 50000 --output bin/try.ndjson
	bin/millrace run -f docs/try.sql bin/try.ndjson

.PHONY: demo
demo: build ## Show Millrace at work: tweets flowing, 200 queries, the web page; Ctrl-C ends it
	bin/millrace demo

.PHONY: test
test: ## Run every test that needs nothing but Go; with RACE=1 (and a C compiler) under the race detector
	$(if $(RACE),CGO_ENABLED=1 go test -race -timeout 15m,go test) work

.PHONY: check
check: lint build test ## What to run while working: lint, build, test

.PHONY: portable
portable: ## Run the decoder's tests without its assembly, here and for arm64 (needs qemu-aarch64 of qemu-user)
	go test -tags purego -short ./libs/jsonscan/
	GOARCH=arm64 go vet ./libs/jsonscan/...
	GOARCH=arm64 CGO_ENABLED=0 go test -short -exec qemu-aarch64 ./libs/jsonscan/

.PHONY: lint
lint: tools ## Check style and formatting
	$(GOLANGCI_LINT) fmt --diff $(MODULES)
	$(GOLANGCI_LINT) run $(PACKAGES)
	go vet -tags faults ./integration/...

.PHONY: fmt
fmt: tools ## Format the code (gofumpt, import order)
	$(GOLANGCI_LINT) fmt $(MODULES)

.PHONY: tidy
tidy: ## Bring every go.mod and go.sum up to date
	go work sync
	$(foreach m,$(MODULES) $(APART),(cd $(m) && GOWORK=off go mod tidy) &&) true

.PHONY: standalone
standalone: ## Build and vet every module by itself, without the workspace; the one of DuckDB needs a C compiler
	$(foreach m,$(MODULES) $(APART),(cd $(m) && GOWORK=off go build ./... && GOWORK=off go vet ./...) &&) true

.PHONY: integration
integration: ## Run the tests of the whole against MILLRACE_BROKERS and MILLRACE_REDIS
	$(SERVERS)
	go test -count=1 -p 1 -timeout 20m ./libs/jsonscan ./libs/kafka ./libs/results ./services/query-parser ./integration/...

.PHONY: bench
bench: build ## Measure what docs/performance.md shows of the scan into OUT= (bin/bench), part by part, an hour or two
## in all, and fill in its tables and charts. What is there is not measured again. QUICK=1 tries it all in
## minutes, and leaves the document alone. MILLRACE_TWEETS=FILE names real tweets.
	QUICK="$(QUICK)" docs/bench.sh $(OUT)
	$(if $(QUICK),,$(MAKE) bench-report)

.PHONY: bench-report
bench-report: ## Fill in tables and charts of docs/performance.md from what bench measured; CPU=1: by processor time
	go run ./services/millrace/cmd/bench-report -docs $(DOCS) $(if $(CPU),-cpu) $(OUT)

.PHONY: page
page: ## Look at the web page in a headless Chromium; pictures of it go to MILLRACE_SCREENSHOTS
	@test -n "$(CHROMIUM)" || { echo "page: there is no Chromium; name one by CHROMIUM=" >&2; exit 2; }
	MILLRACE_CHROMIUM=$(CHROMIUM) go test -count=1 -v -timeout 10m ./integration/page

.PHONY: encrypted
encrypted: ## Run the tests of TLS and logins against MILLRACE_TLS_BROKERS and MILLRACE_TLS_REDIS
	@test -n "$$MILLRACE_TLS_BROKERS" && test -n "$$MILLRACE_TLS_REDIS" || { \
		echo "$@: set MILLRACE_TLS_BROKERS and MILLRACE_TLS_REDIS, and what else the skipped tests name" >&2; exit 2; }
	go test -count=1 -v -run 'TLS.*Real' ./libs/kafka ./libs/results

.PHONY: monitor-kills
monitor-kills: ## Kill directory-monitor again and again over a large .gz, against the same servers:
## KILLS=100, BYTES=2000000000 (of the .gz, unpacked), SEED=0 (each time another,
## and printed). Every line must arrive once, within 512 MiB of memory. `integration` has 25 kills over 200 MB.
	$(SERVERS)
	go test ./integration/kill -count=1 -v -timeout 90m -run TestMonitorKilled \
		-monitor-kills $(KILLS) -monitor-bytes $(BYTES) -seed $(SEED)

.PHONY: simulate
simulate: ## Run the scheduler's protocol through random schedules, for DURATION=2m from SEED=0 (fresh ones)
	go test ./integration/sim -count=1 -v -timeout 0 -run 'TestSchedules$$' -seed $(SEED) -for $(DURATION)

.PHONY: planted
planted: ## Show that every bug that can be planted is found: by the simulation, in how many schedules, or
## by comparing answers, in how many random queries
	go test -tags faults ./integration ./integration/sim ./integration/direct -count=1 -v -run Planted

.PHONY: answers
answers: ## Compare answers to 5,000 random queries with the reference's, and tell how often each production of the grammar
## and each function was drawn, how many results say something, and how many SQL logic tests SQLite answers
	go test -count=1 -v -run 'ExpressionsAgree|HowManySQLiteAnswers|InExpressions' ./integration/direct ./integration/slt ./integration/sqlite

.PHONY: duckdb
duckdb: tools ## Put the SQL logic tests to DuckDB, and tell how many it answers; needs a C compiler, and fetches the library
	cd integration/duckdb && GOWORK=off CGO_ENABLED=1 $(GOLANGCI_LINT) run ./...
	cd integration/duckdb && GOWORK=off CGO_ENABLED=1 go test -count=1 -v ./...

.PHONY: faults
faults: faults-build ## Run the services under faults, over a Kafka and a Redis of its own, and check the promise:
## SEED=0 (each time another, and printed), DURATION=2m, FAULTS= (beginnings of their names; all),
## RATE=300 (lines per second), PLANTED= (a bug that is to be caught), REPORT= (a file that the run
## is written down in). Needs java, redis-server and the broker's jars: docs/reliability.md.
	bin/faults/faults -bin bin/faults -seed $(SEED) -duration $(DURATION) -rate $(RATE) -only '$(FAULTS)' \
		-planted '$(PLANTED)' -report '$(REPORT)'

.PHONY: faults-sum
faults-sum: faults-build ## Add up the runs that are written down in REPORT
	bin/faults/faults -sum '$(REPORT)'

.PHONY: drills
drills: faults-build ## Run scripted faults in the same way, and tell how soon results are right again:
## DRILL=all (kills, restart, flushall, redis-away, cut, limits, moments; comma separated), SEED=0,
## COUNT=0 (how often each does what it does; 0: as usual), HURRY= (not empty: less of everything),
## SLACK=1 (by how much bounds are wider, on a busy machine).
	bin/faults/faults -bin bin/faults -seed $(SEED) -drill '$(DRILL)' -count $(COUNT) -slack $(SLACK) $(if $(HURRY),-hurry)

.PHONY: faults-build
faults-build:
	CGO_ENABLED=0 go build -trimpath -tags faults -o bin/faults/ ./services/millrace/cmd/millrace \
		$(foreach s,$(SERVICES),./services/$(s)/cmd/$(s)) ./integration/faults/cmd/faults

.PHONY: schemas
schemas: ## Validate asyncapi.yaml, openapi.yaml and the messages (needs Node and npm)
	mkdir -p bin/schemas
	cp schemas/validate/package.json schemas/validate/validate.mjs bin/schemas/
	cd bin/schemas && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	node bin/schemas/validate.mjs schemas

.PHONY: tools
tools: $(GOLANGCI_LINT) ## Install the pinned linter (with gofumpt and gci inside) into bin/tools

$(GOLANGCI_LINT):
	GOBIN=$(TOOLS) GOWORK=off go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin

# What images and airgap do.
VERSION     ?= dev
HOST_ARCH    = $(shell go env GOHOSTARCH)
ARCH        ?= $(HOST_ARCH)
IMAGES      := $(SERVICES) millrace
IMAGE_TAG   := $(VERSION)$(if $(filter-out $(HOST_ARCH),$(ARCH)),-$(ARCH))
REVISION    ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
# The authorities of this machine, under whichever name they are.
AUTHORITIES ?= $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))

.PHONY: images
images: $(addprefix image-,$(IMAGES)) ## Build the images millrace/NAME:VERSION (dev) with Go and Docker, for ARCH=:
## this machine's, or amd64 or arm64, which is then added to the tag.

.PHONY: $(addprefix image-,$(IMAGES))
$(addprefix image-,$(IMAGES)): image-%:
	@test -n "$(AUTHORITIES)" || { echo "images: no ca-certificates found; name a file by AUTHORITIES=" >&2; exit 2; }
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) go build -trimpath -ldflags='-s -w' -o bin/images/$*/linux-$(ARCH)/$* ./services/$*/cmd/$*
	mkdir -p bin/images/$*/linux-$(ARCH)/etc/ssl/certs
	install -m 644 $(AUTHORITIES) bin/images/$*/linux-$(ARCH)/etc/ssl/certs/ca-certificates.crt
	install -m 644 LICENSE bin/images/$*/LICENSE
	docker build --quiet --platform linux/$(ARCH) --file deploy/images/Dockerfile --target built \
		--build-arg SERVICE=$* --build-arg TARGETARCH=$(ARCH) --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) \
		--tag millrace/$*:$(IMAGE_TAG) bin/images/$*

.PHONY: airgap
airgap: ## Build stand-ins for the public images that docker-compose.yml names, from Debian packages
## and Maven Central, for machines that reach no registry: deploy/airgap. FORCE=1 builds them anew.
	FORCE="$(FORCE)" deploy/airgap/build.sh

.PHONY: containers
containers: images ## Run the tests in containers, from images of this code. Needs a Docker engine, `docker compose`, and the
## images of Kafka and Redis that docker-compose.yml names, or their stand-ins (airgap); and a Chromium to
## look at the page with.
	MILLRACE_CHROMIUM=$(CHROMIUM) go test ./integration/containers -count=1 -v -timeout 15m -containers -skip TestMeasure

.PHONY: measure
measure: images ## Measure the images: size, time to ready, memory with 1,000 queries
	go test ./integration/containers -count=1 -v -timeout 15m -run TestMeasure -measure
