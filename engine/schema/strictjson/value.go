package strictjson

import (
	"slices"
	"strconv"
)

// Value is one JSON value and its place. The zero Value is not valid; Values come from Parse.
type Value struct {
	document *document
	offset   int
	kind     kind
	text     string
	items    []Value
	members  []member
	index    map[string]int // key to its place in members
}

type member struct {
	key   string
	at    Value // the key's place
	value Value
}

type kind int

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindList
	kindObject
)

func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "text", "a list", "an object"}[k]
}

// Errorf makes an *Error at the value's place.
func (v Value) Errorf(format string, args ...any) error {
	return v.document.errorAt(v.offset, format, args...)
}

func (v Value) want(k kind) error {
	if v.kind != k {
		return v.Errorf("%s, want %s", v.kind, k)
	}
	return nil
}

// Text is the content of a JSON string.
func (v Value) Text() (string, error) { return v.text, v.want(kindText) }

// Number is a number's text as it stands in the file: -?(0|[1-9][0-9]*)(\.[0-9]+)?
func (v Value) Number() (string, error) { return v.text, v.want(kindNumber) }

// Integer is a whole number from least to most, written without a fraction.
func (v Value) Integer(least, most int64) (int64, error) {
	if err := v.want(kindNumber); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, v.Errorf("want a whole number from %d to %d", least, most)
	}
	return n, nil
}

// Bool is true or false.
func (v Value) Bool() (bool, error) { return v.text == "true", v.want(kindBool) }

// List is the items of an array, in the file's order.
func (v Value) List() ([]Value, error) { return v.items, v.want(kindList) }

// Object is the members of an object that has no other keys than the given ones.
func (v Value) Object(keys ...string) (Object, error) {
	if err := v.want(kindObject); err != nil {
		return Object{}, err
	}
	for _, m := range v.members {
		if !slices.Contains(keys, m.key) {
			return Object{}, m.at.Errorf("unknown key %q, the keys here are %q", m.key, keys)
		}
	}
	return Object{v}, nil
}

// Map is the members of an object whose keys are not fixed, such as a list of categories with their points.
func (v Value) Map() (Object, error) { return Object{v}, v.want(kindObject) }

// Object is an object whose keys are checked.
type Object struct{ value Value }

// Keys are the object's keys in the file's order.
func (o Object) Keys() []string {
	keys := make([]string, len(o.value.members))
	for i, m := range o.value.members {
		keys[i] = m.key
	}
	return keys
}

// Optional is the value under a key, if there is one.
func (o Object) Optional(key string) (Value, bool) {
	i, found := o.value.index[key]
	if !found {
		return Value{}, false
	}
	return o.value.members[i].value, true
}

// Required is the value under a key, or an *Error at the object's place.
func (o Object) Required(key string) (Value, error) {
	v, found := o.Optional(key)
	if !found {
		return v, o.value.Errorf("key %q is missing", key)
	}
	return v, nil
}

// Errorf makes an *Error at the object's place.
func (o Object) Errorf(format string, args ...any) error { return o.value.Errorf(format, args...) }
