# Everything a newcomer runs. Tools and test services are built once into a
# cache outside the tree, keyed by version; the machine itself stays as it is.
SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build demo prepare test odd race fuzz reality generator lint bench dist clean

CACHE ?= $(or $(KUBECTL_CATALYST_TEST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-catalyst-test)
TOOLS := $(CACHE)/tools

GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Everything is compiled in one way, as releases are: Go's build cache keeps each way
# apart, and a new machine compiles Kubernetes' libraries once.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

GOBUILD := go build -ldflags '-s -w'

build: ## both programs, into bin/
	$(GOBUILD) -o bin/ ./cmd/...

demo: ## log in to a cluster without a cloud; CLOUD=real uses real services
	go run ./hack/demo -cloud '$(or $(CLOUD),sandbox)'

prepare: ## what tests need and what takes long to make, into the cache
	go run ./test/lab/cmd/prepare

test: ## prepares, then runs all tests, the real services included where they can run
	go run ./hack/test

odd: ## the tests of nearly all packages as another user, where nothing is as usual
	go run ./test/lab/cmd/prepare kubectl
	go test -count 1 -timeout 60m -v ./test/odd -odd.all

reality: ## N random clusters, engine against Calico's own data plane
	go run ./test/lab/cmd/prepare iptables kubernetes felix
	go test -count 1 -timeout 0 -v -run TestRandom ./test/felix -random.count=$(or $(N),1000)

generator: ## N random clusters through the engine alone: is every answer complete?
	GOGC=400 go test -count 1 -timeout 0 -v -run TestGenerator ./test/felix -random.count=$(or $(N),100000)

# Packages whose code or tests do several things at the same time. The policy
# engine itself does not.
RACE := ./cmd/... ./pkg/apiserver ./pkg/atomicfile ./pkg/cli/... ./pkg/cloud ./pkg/cluster ./pkg/credential ./pkg/doctor/... \
	./pkg/kubeconfig/... ./pkg/login ./pkg/magnum ./pkg/netpol/load/... ./pkg/probe ./pkg/prereq ./pkg/route ./test/sandbox ./pkg/store ./pkg/support \
	./pkg/tunnel

race: ## the packages that start goroutines, once under the race detector
	CGO_ENABLED=1 go test -race -count 1 -timeout 60m $(RACE)

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for dir in $$(grep -rl '^func Fuzz' --include=*_test.go pkg | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -rho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -d' ' -f2); do \
			echo "$$dir $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzzminimizetime 1s -fuzztime '$(or $(FUZZTIME),1m)' ./$$dir; done; done

lint: $(GOLANGCI_LINT) ## static checks, and a build for each system we support
	test -z "$$(gofmt -l . | tee /dev/stderr)"
	go mod tidy -diff
	$(GOLANGCI_LINT) run ./...
	cd test/netpoldiff && go vet ./...
	for os in linux darwin windows; do GOOS=$$os go vet ./... || exit 1; done

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
