package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"weir/circuits/keycache"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weir": main})
}

func TestScripts(t *testing.T) {
	keys, err := keycache.DefaultDir() // a script has no home folder of its own to keep keys in
	if err != nil {
		t.Fatal(err)
	}
	write := receiptFiles(t, keys)
	testscript.Run(t, testscript.Params{Dir: "testdata/script", UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv(keycache.DirVariable, keys)
			return write(env.WorkDir)
		}})
}
