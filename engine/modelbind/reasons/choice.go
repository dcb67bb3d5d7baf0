package reasons

import (
	"encoding/json"
	"fmt"
	"slices"

	"weir/engine/model/reason"
	"weir/engine/schema/strictjson"
)

// Read reads a choice: {"level": …, "counts": …, "side": …, "characteristics": […]}, of which level is required. Side is
// left empty where it is not stated. Errors are *strictjson.Error.
func Read(v strictjson.Value) (Choice, error) {
	c := Choice{Counts: reason.Adverse}
	of, err := v.Object("level", "counts", "side", "characteristics")
	if err != nil {
		return c, err
	}
	level, err := of.Required("level")
	if err != nil {
		return c, err
	}
	if c.Level, err = choice(level, Levels...); err != nil {
		return c, err
	}
	if v, given := of.Optional("counts"); given {
		if c.Counts, err = choice(v, reason.Adverse, reason.Points); err != nil {
			return c, err
		}
	}
	if v, given := of.Optional("side"); given {
		if c.Side, err = choice(v, reason.Below, reason.Above); err != nil {
			return c, err
		}
	}
	if v, given := of.Optional("characteristics"); given {
		c.Characteristics, err = c.named(v)
	}
	return c, err
}

// choice is a text that is one of a few.
func choice[T ~string](v strictjson.Value, allowed ...T) (T, error) {
	text, err := v.Text()
	if err == nil && !slices.Contains(allowed, T(text)) {
		err = v.Errorf("%.60q, want one of %v", text, allowed)
	}
	return T(text), err
}

// named are the characteristics of which single sums are told.
func (c Choice) named(v strictjson.Value) ([]string, error) {
	items, err := v.List()
	if err != nil {
		return nil, err
	}
	if c.Level != ByCharacteristic || len(items) < 1 || len(items) > reason.MaxGroups {
		return nil, v.Errorf("want 1 to %d characteristics, with level %s", reason.MaxGroups, ByCharacteristic)
	}
	var names []string
	for _, item := range items {
		name, err := item.Text()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// Text is the choice as Read reads it.
func (c Choice) Text() string {
	text := fmt.Sprintf(`{"level": %q, "counts": %q`, c.Level, c.Counts)
	if c.Side != "" {
		text += fmt.Sprintf(`, "side": %q`, c.Side)
	}
	if len(c.Characteristics) > 0 {
		names, err := json.Marshal(c.Characteristics)
		if err != nil {
			panic("reasons: " + err.Error()) // texts only
		}
		text += `, "characteristics": ` + string(names)
	}
	return text + "}"
}

// Tells tells whether anything but the score is told.
func (c Choice) Tells() bool { return c.Level == BySource || c.Level == ByCharacteristic }
