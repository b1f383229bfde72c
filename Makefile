# Sourire. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Debian keeps mosquitto in /usr/sbin, which is not on everyone's path.
export PATH := $(PATH):/usr/sbin
# SQLite: one flush of the card per press, not two.
export CGO_CFLAGS := -O2 -g -DHAVE_FDATASYNC=1
# Without a C compiler Go would leave SQLite out, and say so in riddles.
export CGO_ENABLED := 1

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
STAMP   := -X main.version=$(VERSION)
BUILD   := go build -trimpath -buildvcs=false
PROGRAMS := ./cmd/sourire ./cmd/sourire-office
LINTER  := go tool -modfile=deploy/tools/go.mod

# Randomised tests start from this seed; give the one printed to see a run again.
SOURIRE_SEED ?= $(shell date +%s)
export SOURIRE_SEED := $(SOURIRE_SEED)
LISTEN    ?= 127.0.0.1:8080
FUZZTIME  ?= 20s
BENCHTIME ?= 1x

.PHONY: help build run test prove lint fuzz bench golden cross deb clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/sourire and bin/sourire-office
	@deploy/need go gcc
	@mkdir -p bin
	$(BUILD) -ldflags '$(STAMP)' -o bin/ $(PROGRAMS)

run: build ## the demo: a terminal, a broker and head office in one, at LISTEN (127.0.0.1:8080)
	@exec bin/sourire demo --listen $(LISTEN)

# What the tests talk to, and what the hardware lab is made of.
TESTS := mosquitto mosquitto_sub chromium zbarimg systemd-analyze go gcc
LAB := qemu-system-aarch64 fdtput mkfs.ext4 mosquitto mosquitto_sub \
	aarch64-linux-gnu-gcc arm-linux-gnueabihf-gcc qemu-aarch64-static qemu-arm-static

# 50,000 power cuts, a bit flipped in every page, 200 worlds of broker faults,
# false alarms, a year's counts; 1,000,000 cuts and 10,000 worlds to prove it.
# Under the race detector, which makes each six times as long, there are few.
WHOLE := go test -count=1 -run '^Test(PowerCuts|PowerCutsAreNoticed|AFlippedBit|ACutFile|Faults|FalseAlarms|AYearIsSmall)$$' \
	./sync/journal ./sync/feed ./device/alert ./device/tally

# A machine of the hardware lab mostly waits: three at once on two cores.
HARDWARE := go test -tags lab -race -count=1 -parallel 3

# What only computes gives way to the lab, which has a clock of its own.
.PHONY: test-whole test-lab
test-whole:
	nice $(WHOLE)
test-lab:
	$(HARDWARE) -timeout 540s ./deploy/lab

test: ## vet, every test under the race detector, and the hardware lab: once
	@deploy/need $(TESTS) $(LAB)
	go vet -tags lab,deb ./...
	@$(LINTER) -n golangci-lint >/dev/null
	@echo "SOURIRE_SEED=$(SOURIRE_SEED)"
	go test -race -count=1 -vet=off -p 3 -timeout 540s ./...
	@$(MAKE) --no-print-directory -j 2 -O test-whole test-lab

# The parts of prove: all are tried, and one that is red makes the whole red.
PROOFS := prove-deb prove-race prove-whole prove-lab
.PHONY: $(PROOFS)
prove-deb: deb
	go test -tags deb -count=1 -timeout 1h -v ./deploy/deb
prove-race:
	go test -race -count=1 -p 2 -timeout 24h -v ./...
prove-whole:
	$(WHOLE) -timeout 24h -v
prove-lab:
	go test -tags lab -race -count=1 -timeout 24h -v ./deploy/lab

prove: export SOURIRE_ROUNDS := 200
prove: ## the same tests at the counts that are quoted, and the packages; log in bin/prove.log
	@deploy/need $(TESTS) $(LAB) x86_64-linux-gnu-gcc lintian mmdebstrap arch-test update-binfmts
	@mkdir -p bin
	@echo "SOURIRE_SEED=$(SOURIRE_SEED) SOURIRE_ROUNDS=$(SOURIRE_ROUNDS)" | tee bin/prove.log
	@red=0; $(MAKE) --no-print-directory -k $(PROOFS) 2>&1 | tee -a bin/prove.log || red=1; \
		packages=$$(grep -E '^(ok|FAIL)[[:space:]]+sourire' bin/prove.log) || red=1; \
		printf '\n== in short\n%s\n' "$$packages" | tee -a bin/prove.log; exit $$red

lab: ## the hardware lab: a real kernel in a virtual machine
	@deploy/need go $(LAB)
	@echo "SOURIRE_SEED=$(SOURIRE_SEED)"
	$(HARDWARE) -timeout 540s -v ./deploy/lab

lint: ## style, common mistakes and the walls of the layout
	@deploy/need go gcc
	$(LINTER) golangci-lint run

fuzz: ## every fuzz target for FUZZTIME (20s)
	@deploy/fuzz $(FUZZTIME)

bench: ## what a press costs, how fast a backlog drains, and what an idle box takes
	@deploy/need $(LAB)
	@go test -tags lab -run '^$$' -bench . -benchtime $(BENCHTIME) -timeout 1h ./... \
		| grep -vE '^(PASS|ok|goos:|goarch:|\?)'

golden: ## redraw the golden frames and pages of the displays; look at them before you commit
	go test -count=1 ./device/screen ./device/manager -run Golden -update

cross: ## static programs for arm64, armv7 and amd64 in bin/
	@VERSION=$(VERSION) deploy/cross arm64 armv7 amd64

deb: cross ## Debian packages in bin/
	@deploy/deb/build

clean: ## remove what was built
	rm -rf bin
