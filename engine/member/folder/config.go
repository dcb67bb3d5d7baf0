package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// envPrefix begins the environment's overrides: WEIR_NODE_URL sets node.url.
const envPrefix = "WEIR_"

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 256 << 10

// Load reads the configuration of a folder into a struct with koanf tags, over the defaults that stand in it: the file, then
// WEIR_* of the environment, then set ("node.url=…", from flags). A key of the file or of set that the struct does not have
// is an error; of the environment, only what the struct has is looked at.
func Load(path string, environ, set []string, into any) error {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(into, "koanf"), nil); err != nil {
		return err
	}
	known := map[string]string{} // key by its name in the environment
	for _, key := range k.Keys() {
		known[envPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
	}
	if err := loadFile(k, filepath.Join(path, ConfigFile)); err != nil {
		return err
	}
	name := func(variable, value string) (string, any) { return known[variable], value }
	if err := k.Load(env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: name, EnvironFunc: func() []string { return environ }}), nil); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	overrides := map[string]any{}
	for _, s := range set {
		key, value, found := strings.Cut(s, "=")
		if !found {
			return fmt.Errorf("--set %q: want key=value", s)
		}
		overrides[key] = value
	}
	if err := k.Load(confmap.Provider(overrides, "."), nil); err != nil {
		return fmt.Errorf("--set: %w", err)
	}
	hooks := mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(","))
	err := k.UnmarshalWithConf("", into, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: into, ErrorUnused: true, WeaklyTypedInput: true, TagName: "koanf", DecodeHook: hooks}})
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(path, ConfigFile), err)
	}
	return nil
}

// LoadNode reads how a member's folder dials its node, whatever else its configuration says; WEIR_NODE_* of the environment go
// over it.
func LoadNode(path string, environ []string) (*Reach, error) {
	reach := Reach{URL: "http://127.0.0.1:7443"}
	k := koanf.New(".")
	if err := loadFile(k, filepath.Join(path, ConfigFile)); err != nil {
		return nil, err
	}
	prefix := envPrefix + "NODE_"
	name := func(variable, value string) (string, any) {
		return "node." + strings.ToLower(strings.TrimPrefix(variable, prefix)), value
	}
	if err := k.Load(env.Provider(".", env.Opt{Prefix: prefix, TransformFunc: name, EnvironFunc: func() []string { return environ }}), nil); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	if err := k.UnmarshalWithConf("node", &reach, koanf.UnmarshalConf{Tag: "koanf"}); err != nil {
		return nil, fmt.Errorf("%s: node: %w", filepath.Join(path, ConfigFile), err)
	}
	return &reach, nil
}

func loadFile(k *koanf.Koanf, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if len(text) > maxConfig {
		return fmt.Errorf("%s: %d bytes, limit %d", file, len(text), maxConfig)
	}
	if err := k.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
