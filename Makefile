.PHONY: demo test check race fuzz kills chaos flood bench parity sample cover

demo:      ## score twenty synthetic enterprises in one process
	go run ./cmd/weir demo

test:      ## the fast suite
	go test ./...

check:     ## all that must hold before a change lands
	.ci/run

race:      ## the suite of the engine under the race detector
	go test -race -short ./engine/... ./ledger/...

fuzz:      ## every decoder, 30 s each (FUZZTIME=5m for more)
	@go list ./... | while read -r p; do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $${FUZZTIME:-30s} $$p || exit 1; \
	  done; done

kills:     ## kill -9 a ledger that is being written to, again and again (KILLS=1000)
	WEIR_KILLS=$${KILLS:-1000} go test -run RandomKills -v -timeout 60m ./ledger/badgerdb/

chaos:     ## requests over real processes, of which any is killed at random (REQUESTS=1000)
	WEIR_CHAOS=$${REQUESTS:-1000} go test -run Processes/ThatAreKilled -v -timeout 120m ./cmd/weir/

flood:     ## a node's memory under load, and under ten thousand hostile connections (SECONDS_EACH=60)
	WEIR_FLOOD=$${SECONDS_EACH:-60} go test -run 'NodeUnder' -v -timeout 60m ./cmd/weir/

bench:     ## benchmarks, for benchstat (COUNT=6)
	go test -run '^$$' -bench . -count $${COUNT:-6} ./bench/

parity:    ## every row of the outside data set with every proof, when it lies beside the repository
	WEIR_PARITY=proofs go test -run Parity -v -timeout 90m ./engine/consortium/

sample:    ## make the synthetic sample again
	go run ./testdata/sample/generate

cover:     ## statement coverage
	go test -coverprofile=/tmp/weir.cover ./... && go tool cover -func=/tmp/weir.cover | tail -1
