// Package ubjtest writes trees as UBJSON, in the way that XGBoost does: lengths as 64-bit integers, arrays of integers
// and of floats with a common type. It is for tests only; the program itself never writes UBJSON.
package ubjtest

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"weir/engine/modelfile/jsontree"
)

// Encode writes a tree that was read from JSON. Numbers with a point or an exponent become float32, all others int32;
// an array of numbers takes the type that fits all of them.
func Encode(v *jsontree.Value) []byte {
	var b bytes.Buffer
	encode(&b, v)
	return b.Bytes()
}

func encode(b *bytes.Buffer, v *jsontree.Value) {
	switch v.Kind {
	case jsontree.Null:
		b.WriteByte('Z')
	case jsontree.Bool:
		b.WriteByte(map[string]byte{"true": 'T', "false": 'F'}[v.Text])
	case jsontree.Text:
		b.WriteByte('S')
		text(b, v.Text)
	case jsontree.Number:
		number(b, v.Text)
	case jsontree.Numbers:
		numbers(b, v)
	case jsontree.List:
		b.WriteByte('[')
		for i := range v.Items {
			encode(b, &v.Items[i])
		}
		b.WriteByte(']')
	case jsontree.Object:
		b.WriteByte('{')
		for i := range v.Members {
			text(b, v.Members[i].Key)
			encode(b, &v.Members[i].Value)
		}
		b.WriteByte('}')
	}
}

func text(b *bytes.Buffer, s string) {
	b.WriteByte('L')
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
	b.WriteString(s)
}

func number(b *bytes.Buffer, word string) {
	if n, err := strconv.ParseInt(word, 10, 32); err == nil {
		b.WriteByte('l')
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		return
	}
	x, _ := strconv.ParseFloat(word, 32)
	b.WriteByte('d')
	b.Write(binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(x))))
}

func numbers(b *bytes.Buffer, v *jsontree.Value) {
	if ints, ok := v.Ints(); ok {
		b.WriteString("[$l#L")
		b.Write(binary.BigEndian.AppendUint64(nil, uint64(len(ints))))
		for _, n := range ints {
			b.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		}
		return
	}
	floats, _ := v.Float32s()
	b.WriteString("[$d#L")
	b.Write(binary.BigEndian.AppendUint64(nil, uint64(len(floats))))
	for _, x := range floats {
		b.Write(binary.BigEndian.AppendUint32(nil, math.Float32bits(x)))
	}
}
