package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whom a command line or a file identifies: with a key, or said outright to be whoever applies first.
func TestWhomIdentifyNames(t *testing.T) {
	const code, other = "91990002MA1671945Y", "91990003MA6427837B"
	key := strings.Repeat("0a", 32)
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "identified.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		identification
		codes []string
		want  int
	}{
		"one":                      {identification{key: key}, []string{code}, 1},
		"whoever applies first":    {identification{open: true}, []string{code}, 1},
		"a file":                   {identification{file: file("key,subject,name\n" + key + "," + code + ",x\n" + key + "," + other + ",y\n")}, nil, 2},
		"a file, first come":       {identification{file: file("subject\n" + code + "\n"), open: true}, nil, 1},
		"nobody":                   {identification{key: key}, nil, 0},
		"no key":                   {identification{}, []string{code}, 0},
		"a key, and first come":    {identification{key: key, open: true}, []string{code}, 0},
		"a code and a file":        {identification{file: file("subject,key\n")}, []string{code}, 0},
		"a key for a file":         {identification{key: key, file: file("subject,key\n")}, nil, 0},
		"a code with a typo":       {identification{key: key}, []string{code[:17] + "X"}, 0},
		"a short key":              {identification{key: key[2:]}, []string{code}, 0},
		"a key in capitals":        {identification{key: strings.ToUpper(key)}, []string{code}, 0},
		"a file without keys":      {identification{file: file("subject\n" + code + "\n")}, nil, 0},
		"a file with an empty key": {identification{file: file("subject,key\n" + code + ",\n")}, nil, 0},
		"a file of bad codes":      {identification{file: file("subject,key\n" + code[:17] + "," + key + "\n")}, nil, 0},
	} {
		c.kind = "uscc"
		list, err := c.list(c.codes)
		if (err == nil) != (c.want > 0) || err == nil && len(list) != c.want || err != nil && strings.Contains(err.Error(), code[:10]) {
			t.Errorf("%s: %d named, %v", name, len(list), err)
		}
		for _, e := range list {
			if err == nil && (e.Open != c.open || (e.Key == nil) != c.open || e.Key != nil && e.Key.String() != key) {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}
