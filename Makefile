# Two commands are enough on a fresh machine with Go: make demo, make test.

GO ?= go
export CGO_ENABLED = 0

.PHONY: build demo test check fmt lint fuzz bench model clean

build: ## the program, as ./pumphandle
	$(GO) build -trimpath -o pumphandle ./cmd/pumphandle

demo: build ## write a synthetic month at twelve organisations, scan it, compare with the truth
	./pumphandle demo --out demo

test: ## everything that CI runs
	tools/test-setup.sh
	$(GO) vet ./...
	$(GO) test -shuffle=on -timeout 15m ./...

check: fmt lint test ## what a change must pass before it is sent

fmt:
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not formatted (run gofmt -w):"; echo "$$out"; exit 1; }

# golangci-lint brings hundreds of modules, so it has a go.mod of its own. The
# first run builds it, about three minutes.
lint:
	$(GO) tool -modfile=tools/go.mod golangci-lint run

# Every decoder has a fuzz target. FUZZTIME=10m for a long run. Without a bound,
# making what was found smaller takes all the time where inputs are large.
FUZZTIME ?= 10s
fuzz:
	@$(GO) list ./... | while read -r p; do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$p || exit 1; \
	  done; done

bench: build ## speed and memory beside peers, as a table and as JSON in bench/out
	bench/run.sh

model: build ## the content model that ships, from our own mails and the permissive sets of ../shared
	tools/model.sh ./pumphandle mail/content/model.json

clean:
	rm -rf pumphandle demo bench/out bench/cache
