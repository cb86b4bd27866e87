# ClickBridge. `make help` lists what there is.
SHELL := /bin/bash
GO ?= go
export GOFLAGS ?= -buildvcs=false
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## bin/clickbridge, one static binary
	@echo "building bin/clickbridge (the first time takes a minute or two)"
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/clickbridge ./cmd/clickbridge

.PHONY: demo
demo: build ## everything on loopback, with calls to watch
	@bin/clickbridge demo

.PHONY: test
test: setup lint ## all tests: unit, both stores, the real binary, real SIP peers
	$(GO) test -race -shuffle=on -count=1 -timeout 18m ./...

.PHONY: setup
setup: ## install what the tests need and the machine lacks
	@./system_test/setup.sh

.PHONY: lint
lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

.PHONY: verify
verify: lint ## generated and pinned things still match
	$(GO) mod verify
	$(GO) mod tidy -diff
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./cmd/clickbridge
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/clickbridge
	@$(MAKE) --no-print-directory verify-console

.PHONY: console
console: ## build the console's page again after a change of console/web (needs Node 20)
	cd console/web && npm ci --no-audit --no-fund && npm run check && npm run build

.PHONY: verify-console
verify-console: ## console/dist is what console/web makes (needs Node 20)
	cd console/web && npm ci --no-audit --no-fund --silent && npm run --silent check && \
	  npx vite build --logLevel warn --emptyOutDir --outDir ../../bin/console-dist
	diff -r bin/console-dist console/dist

.PHONY: bench
bench: build ## the figures quoted in the README, as a table
	@$(GO) run ./cmd/bench

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 1m)
	@./system_test/fuzz.sh $(or $(FUZZTIME),1m)

.PHONY: soak
soak: build ## calls through a bad network for SOAKTIME (default 30m)
	CLICKBRIDGE_SOAK=$(or $(SOAKTIME),30m) $(GO) test -count=1 -timeout 0 -run TestSoak -v ./system_test
