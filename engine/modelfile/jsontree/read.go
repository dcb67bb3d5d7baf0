package jsontree

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"weir/engine/modelfile/value"
)

// Float64s are the numbers of an array, correctly rounded; ok is false where v is no array of numbers, or one of them
// is a boolean or not finite. An empty array gives none.
func (v *Value) Float64s() (numbers []float64, ok bool) {
	return elements(v, value.ParseNumber, func(marker byte, raw []byte) (float64, bool) {
		switch marker {
		case 'd':
			return finite(float64(math.Float32frombits(binary.BigEndian.Uint32(raw))))
		case 'D':
			return finite(math.Float64frombits(binary.BigEndian.Uint64(raw)))
		}
		return float64(integer(marker, raw)), true
	})
}

// Float32s are the numbers of an array, each rounded once to float32; ok as for Float64s, but that NaN passes: libraries
// write it where a number has no meaning, and the caller must know where it may stand.
func (v *Value) Float32s() (numbers []float32, ok bool) {
	return elements(v, parseSingle, func(marker byte, raw []byte) (float32, bool) {
		x := float64(0)
		switch marker {
		case 'd':
			x = float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))
		case 'D':
			x = math.Float64frombits(binary.BigEndian.Uint64(raw))
		default:
			x = float64(integer(marker, raw))
		}
		return float32(x), !math.IsInf(float64(float32(x)), 0)
	})
}

func parseSingle(word string) (float32, bool) {
	if word == "NaN" {
		return float32(math.NaN()), true
	}
	return value.ParseSingle(word)
}

func finite(x float64) (float64, bool) { return x, !math.IsNaN(x) && !math.IsInf(x, 0) }

// Ints are the integers of an array of numbers and booleans, within int32; ok is false for everything else.
func (v *Value) Ints() (numbers []int32, ok bool) {
	return elements(v, parseInt, func(marker byte, raw []byte) (int32, bool) {
		if marker == 'd' || marker == 'D' {
			return 0, false
		}
		n := integer(marker, raw)
		return int32(n), n == int64(int32(n))
	})
}

func parseInt(word string) (int32, bool) {
	switch word {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	n, err := strconv.ParseInt(word, 10, 32)
	return int32(n), err == nil
}

// elements reads an array of numbers, from its text or from its bytes.
func elements[N any](v *Value, parse func(string) (N, bool), read func(byte, []byte) (N, bool)) ([]N, bool) {
	if v.Kind != Numbers {
		return mixed(v, parse)
	}
	numbers := make([]N, 0, v.packed.count)
	if marker := v.packed.element; marker != 0 {
		for size, raw := width(marker), v.packed.raw; len(raw) > 0; raw = raw[size:] {
			n, ok := read(marker, raw[:size])
			if !ok {
				return nil, false
			}
			numbers = append(numbers, n)
		}
		return numbers, true
	}
	for word := range strings.SplitSeq(string(v.packed.raw), ",") {
		n, ok := parse(strings.Trim(word, " \t\r\n"))
		if !ok {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// mixed reads an array that was not packed: an empty one, or one of UBJSON without a common type.
func mixed[N any](v *Value, parse func(string) (N, bool)) ([]N, bool) {
	if v.Kind != List {
		return nil, false
	}
	numbers := make([]N, 0, len(v.Items))
	for i := range v.Items {
		n, ok := parse(v.Items[i].Text)
		if k := v.Items[i].Kind; !ok || k != Number && k != Bool {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// Float is the number that v is, or that its text is; ok is false for everything else.
func (v *Value) Float() (x float64, ok bool) {
	if v.Kind != Number && v.Kind != Text {
		return 0, false
	}
	return value.ParseNumber(v.Text)
}

// Int is the integer that v is, or that its text is; ok is false for everything else and beyond int32.
func (v *Value) Int() (n int, ok bool) {
	if v.Kind != Number && v.Kind != Text {
		return 0, false
	}
	n32, err := strconv.ParseInt(v.Text, 10, 32)
	return int(n32), err == nil
}

// Texts are the texts of an array; ok is false where it holds anything else. Null gives none.
func (v *Value) Texts() (texts []string, ok bool) {
	if v.Kind == Null {
		return nil, true
	}
	for i := range v.Items {
		if v.Items[i].Kind != Text {
			return nil, false
		}
		texts = append(texts, v.Items[i].Text)
	}
	return texts, v.Kind == List
}
