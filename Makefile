# Everything a newcomer runs. Tools and test services are built once into a
# cache outside the tree, keyed by version; the machine itself stays as it is.
SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build demo prepare test reality generator lint bench dist clean

CACHE ?= $(or $(KUBECTL_CATALYST_TEST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-catalyst-test)
TOOLS := $(CACHE)/tools

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)

GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'

build: ## both programs, into bin/
	$(GOBUILD) -o bin/ ./cmd/...

demo: ## log in to a cluster without a cloud; CLOUD=real uses real services
	go run ./hack/demo -cloud '$(or $(CLOUD),sandbox)'

prepare: ## what tests need and what takes long to make, into the cache
	go run ./test/lab/cmd/prepare

test: ## prepares, then runs all tests, the real services included where they can run
	go run ./hack/test

reality: ## N random clusters, engine against Calico's own data plane
	go run ./test/lab/cmd/prepare iptables kubernetes felix
	go test -count 1 -timeout 0 -v -run TestRandom ./test/felix -random.count=$(or $(N),1000)

generator: ## N random clusters through the engine alone: is every answer complete?
	GOGC=400 go test -count 1 -timeout 0 -v -run TestGenerator ./test/felix -random.count=$(or $(N),100000)

lint: $(GOLANGCI_LINT) ## static checks, and a build for each system we support
	test -z "$$(gofmt -l . | tee /dev/stderr)"
	go mod tidy -diff
	$(GOLANGCI_LINT) run ./...
	cd test/netpoldiff && go vet ./...
	for os in linux darwin windows; do GOOS=$$os CGO_ENABLED=0 go vet ./... || exit 1; done

bench: prepare ## speed and size as ratios, measured in one run
	go test -c -o bin/bench.test ./bench
	@# a process each: a child is charged with the memory of whoever started it
	cd bench && for b in $$(../bin/bench.test -test.list Benchmark); do \
		../bin/bench.test -test.run '^$$' -test.bench "^$$b$$" -test.benchtime 1x -test.timeout 2h || exit 1; done

dist: ## release archives, checksums, SBOMs and krew manifests of the commit, into dist/
	rm -rf dist
	go run ./hack/dist -o dist

clean: ## what the other targets left in the tree; the cache stays
	rm -rf bin dist

$(GOLANGCI_LINT):
	hack/install-tool.sh github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION) $@
