# make help lists the targets. Everything but help also works by hand: the
# recipes are plain commands.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
BUILD   := -ldflags "-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)"
# The program, its tests and the tools that read it are compiled in one way, so
# that a clean machine does it once, and once more for the race detector.
# nomsgpack leaves out an encoding of gin that nothing here speaks (6 MB).
export CGO_ENABLED := 0
export GOFLAGS     := $(GOFLAGS) -trimpath -tags=nomsgpack
TOOL    := go tool -modfile=tools/go.mod
# Runs a command with a PostgreSQL and a Redis of its own beside it.
SERVERS := go run ./internal/testkit/cmd/withservers --

.DEFAULT_GOAL := help
.PHONY: help run demo build image quick test race model tone-model setup golden cover fuzz bench lint fmt docs docs-check migration refreshes

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## API and workers in one process, data under ./data
	go run ./cmd/opendoor serve

demo: ## two simulated CRMs, one cancellation each, played to its end
	go run ./cmd/opendoor demo

build: ## the program, as bin/opendoor
	go build $(BUILD) -o bin/opendoor ./cmd/opendoor

image: ## the container image, as opendoor:VERSION
	docker build --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) -t opendoor:$(VERSION) .

quick: ## the tests that need nothing installed but Go
	OPENDOOR_TEST_QUICK=1 go test ./...

# The race detector watches the packages in which things run side by side. The
# whole processes that acceptance and cmd drive take four times as long under it:
# they have it in make race. It never watches the embedded database, which is C in
# other clothes and would take three times as long again.
RACE := CGO_ENABLED=1 GOFLAGS='-tags=nomsgpack -gcflags=modernc.org/...=-race=false'
# Sums of one goroutine, over chances and seeds, have nothing for it either.
SUMS  := ^(TestNobodyIsPointedAtByChance|TestNoTouchEverBreaksARule)$$
ALONE := opendoor/(acceptance|cmd|letters|documents|config|api/sheets|internal/testkit|offboarding/(survey|tone))(/|$$)

# In the whole run a server that is missing is a failure, never a test left out.
# make lint vets the code.
test: setup build ## every test, the race detector where things run side by side; installs what is missing
	OPENDOOR_TEST_QUICK= $(SERVERS) go test -vet=off -timeout 30m $$(go list ./... | grep -E '$(ALONE)')
	OPENDOOR_TEST_QUICK= $(SERVERS) go test -vet=off -run '$(SUMS)' ./offboarding
	OPENDOOR_TEST_QUICK= $(SERVERS) env $(RACE) go test -race -vet=off -timeout 20m -skip '$(SUMS)' $$(go list ./... | grep -vE '$(ALONE)')
	cd e2e && CI=true OPENDOOR_TEST_BINARY=$(CURDIR)/bin/opendoor node --test

model: ## a hundred thousand partings to which anything happens in any order
	OPENDOOR_TEST_QUICK=1 go test ./offboarding -run TestAnythingMayHappenInAnyOrder -rapid.checks=100000 -timeout 3h

race: setup build ## every Go test with the race detector, the whole processes too
	OPENDOOR_TEST_QUICK= $(SERVERS) env $(RACE) go test -race -timeout 90m ./...

tone-model: ## learn the classifiers of the tone guard and of intents anew from our corpus; the same corpus gives the same files
	go run ./offboarding/tone/internal/train

setup: ## PostgreSQL, Redis, Chromium and Playwright for make test
	scripts/setup

golden: ## rewrite the expected output in testdata; read the difference
	$(SERVERS) go test $$(grep -rlE --include='*_test.go' 'flag\.Bool.*"update"' . | xargs -r dirname | sort -u) -update

cover: ## how much of the code the tests run, as bin/cover.html
	mkdir -p bin
	$(SERVERS) go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	go tool cover -html=bin/cover.out -o bin/cover.html
	go tool cover -func=bin/cover.out | tail -n 1

fuzz: ## each fuzz target for a while: make fuzz time=1m
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r dirname | sort -u | while read -r dir; do \
		for target in $$(go test -list '^Fuzz' $$dir | grep '^Fuzz'); do \
			echo "$$dir $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(time),30s) $$dir; \
		done; \
	done

refreshes: ## 1,000 renewals of access by four processes that are killed with -9, on both databases
	OPENDOOR_TEST_REFRESHES=1000 $(SERVERS) go test -count 1 -v -timeout 15m -run TestRefreshTokensSurvive ./cmd/opendoor

# rows=1000,100000,1000000 takes some minutes more; only=hooks runs one part.
bench: build ## the numbers of docs/performance.md
	$(SERVERS) go run ./bench -binary bin/opendoor $(if $(only),-only $(only)) $(if $(rows),-rows $(rows))

# The copy beside the checkout is for machines that cannot reach vuln.go.dev.
GOVULNDB ?= $(if $(wildcard ../shared/vulndb),file://$(abspath ../shared/vulndb))

lint: ## what a machine can say about the code
	$(TOOL) golangci-lint run
	go mod tidy -diff
	@dead=$$($(TOOL) deadcode -test ./...) && if [ -n "$$dead" ]; then printf 'never called:\n%s\n' "$$dead"; exit 1; fi
ifneq ($(GOVULNDB),)
	$(TOOL) govulncheck -db $(GOVULNDB) ./...
else ifneq ($(CI),true)
	$(TOOL) govulncheck ./...
else
	@echo "govulncheck: no database on this machine, see GOVULNDB in the Makefile"
endif

fmt: ## format the code
	$(TOOL) golangci-lint fmt

docs: ## everything generated: the OpenAPI document, opendoor.env.example, pictures of tables
	$(TOOL) swag init --quiet --dir api --generalInfo doc.go --parseInternal --outputTypes json --output bin/swagger
	go run ./internal/tools/openapi bin/swagger/swagger.json docs/swagger/openapi.json
	go generate ./...

docs-check: ## fails when make docs or tone-model would change a file or a link in a guide is broken
	scripts/docs-check

migration: ## begin one: make migration name=touches
	scripts/migration "$(name)"
