# SecurAtlas. `make help` lists the targets.
SHELL      := /bin/bash
GO         ?= go
TEMPL      := $(GO) run github.com/a-h/templ/cmd/templ@v0.3.1118
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS    := -s -w -X main.version=$(VERSION)
# The race detector watches our code and what it shares, not the arithmetic of
# SQLite (C, translated) and of password hashes, which takes most of the time.
# A package with generic code of its own must not be among these: the linker may
# then take the unwatched copy for everyone. Go 1.27 allocates small objects of
# unwatched code past the detector, which then takes what used the memory before
# for a race: GOEXPERIMENT=nosizespecializedmalloc has it allocate as before.
UNWATCHED  := $(foreach p,modernc.org/sqlite/lib golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b,-gcflags=$(p)="-race=false -d=checkptr=0")
export CGO_ENABLED := 0
# Any Go since 1.21 fetches the toolchain that go.mod names.
export GOTOOLCHAIN := auto
# Everywhere, so that what is compiled for one target serves the others.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

.PHONY: help demo run build generate test race bench check browser vendor

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: build ## Build, and run with a simulated tenant inside
	@bin/securatlas demo

run: build ## Build, and run on ./securatlas-data
	@bin/securatlas serve

build: ## Build bin/securatlas, one static binary
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/securatlas ./cmd/securatlas

generate: ## Write templates and the generated documentation
	$(TEMPL) generate
	$(GO) run ./docs/generate

test: browser ## Run every test, those in a real browser included
	$(GO) test -timeout 20m -parallel 4 ./...

race: browser ## Run every test with the race detector (needs a C compiler)
	CGO_ENABLED=1 GOEXPERIMENT=nosizespecializedmalloc $(GO) test -race -timeout 20m -parallel 4 -gcflags=modernc.org/...=-d=checkptr=0 $(UNWATCHED) ./...

bench: ## Run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

check: generate ## Check formatting, generated files and vet
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt on these files"; exit 1; }
	@git diff --exit-code -- views docs || { echo "generated files were out of date"; exit 1; }
	$(GO) vet ./...

browser: ## Find a browser for the tests, or install Debian's chromium
	@.ci/browser

vendor: ## Fetch the vendored assets again (needs npm)
	static/vendor.sh
