package parquet

import (
	"math"
	"math/big"

	"weir/engine/record"
	"weir/engine/source/cell"
)

// raw is one value as a page holds it: a number or its bits, or bytes.
type raw struct {
	number int64
	bytes  []byte
}

// The annotations that say what values mean: the newer by their field, the older by their number.
const (
	logicalString, logicalMap, logicalList, logicalEnum, logicalDecimal = 1, 2, 3, 4, 5
	logicalDate, logicalTime, logicalTimestamp, logicalInteger          = 6, 7, 8, 10
	logicalNull                                                         = 11

	convertedText, convertedEnum, convertedDecimal, convertedDate    = 0, 4, 5, 6
	convertedTimes, convertedTimesEnd, convertedUint8, convertedInt8 = 7, 10, 11, 15
)

const castAdvice = ": write it as text, a whole number or a decimal"

// converter tells how values of a column become cells, or why they cannot.
func (e *element) converter() (convert func(raw) record.Cell, fault string) {
	switch {
	case e.children > 0 || e.repetition != required && e.repetition != optional:
		return nil, "nested or repeated values: want one value a row"
	case e.isDecimal():
		return e.decimal()
	case e.logical == logicalDate || e.logical == logicalTime || e.logical == logicalTimestamp,
		e.logical == 0 && e.converted >= convertedDate && e.converted <= convertedTimesEnd, e.physical == typeInt96:
		return nil, "a date or time" + castAdvice
	}
	switch e.physical {
	case typeInt32, typeInt64:
		return e.integer()
	case typeBytes:
		if e.logical == logicalString || e.logical == logicalEnum || e.logical == 0 && (e.converted == convertedText || e.converted == convertedEnum) {
			return func(v raw) record.Cell { return cell.Text(string(v.bytes)) }, ""
		}
	case typeFloat:
		return func(v raw) record.Cell { return cell.Float32(math.Float32frombits(uint32(v.number))) }, ""
	case typeDouble:
		return func(v raw) record.Cell { return cell.Float64(math.Float64frombits(uint64(v.number))) }, ""
	case typeBoolean:
		return func(v raw) record.Cell { return cell.Bool(v.number != 0) }, ""
	}
	return nil, "values of another type than text, numbers and truth values (bytes must be annotated as STRING)" + castAdvice
}

// integer are whole numbers of 8 to 64 bits, with a sign or without; the file keeps all but the last in 32 bits.
func (e *element) integer() (func(raw) record.Cell, string) {
	bits, signed := uint(32), true
	if e.physical == typeInt64 {
		bits = 64
	}
	width := bits
	switch {
	case e.logical == logicalNull:
		return func(raw) record.Cell { return cell.Fault("a value in a column of missing values") }, ""
	case e.logical == logicalInteger:
		bits, signed = uint(e.bits), e.signed
	case e.logical != 0:
		return nil, "numbers that mean something else" + castAdvice
	case e.converted >= convertedUint8 && e.converted < convertedInt8:
		bits, signed = 8<<(e.converted-convertedUint8), false
	case e.converted >= convertedInt8 && e.converted < convertedInt8+4:
		bits = 8 << (e.converted - convertedInt8)
	case e.converted >= 0:
		return nil, "numbers that mean something else" + castAdvice
	}
	if bits != 8 && bits != 16 && bits != 32 && bits != 64 || bits > width || width == 64 && bits < 64 {
		return nil, "whole numbers of a width that their type does not have"
	}
	const unfit = "a whole number that does not fit its type"
	if !signed {
		return func(v raw) record.Cell {
			n := uint64(v.number)
			if width == 32 {
				n = uint64(uint32(v.number))
			}
			if n>>1>>(bits-1) != 0 {
				return cell.Fault(unfit)
			}
			return cell.Uint(n)
		}, ""
	}
	return func(v raw) record.Cell {
		if v.number<<(64-bits)>>(64-bits) != v.number {
			return cell.Fault(unfit)
		}
		return cell.Int(v.number)
	}, ""
}

func (e *element) isDecimal() bool {
	return e.logical == logicalDecimal || e.logical == 0 && e.converted == convertedDecimal
}

// Decimals of more digits or bytes than any engine writes are refused before they are computed with.
const (
	maxPrecision    = 76
	maxDecimalBytes = 32
)

// decimal are whole numbers of 10^-scale: a number, or bytes in two's complement, the greatest first.
func (e *element) decimal() (func(raw) record.Cell, string) {
	if e.precision < 1 || e.precision > maxPrecision || e.scale < 0 || e.scale > e.precision {
		return nil, "decimals of a precision or scale that cannot be: want 1 to 76 digits, 0 to all of them after the point"
	}
	scale, bound := int(e.scale), new(big.Int).Exp(big.NewInt(10), big.NewInt(e.precision), nil)
	convert := func(n *big.Int) record.Cell {
		if n.CmpAbs(bound) >= 0 {
			return cell.Fault("a decimal with more digits than its type")
		}
		return cell.Unscaled(n, scale)
	}
	switch e.physical {
	case typeInt32, typeInt64:
		return func(v raw) record.Cell { return convert(big.NewInt(v.number)) }, ""
	case typeBytes, typeFixed:
		return func(v raw) record.Cell {
			if len(v.bytes) == 0 || len(v.bytes) > maxDecimalBytes {
				return cell.Fault("a decimal of no bytes, or of more than 32")
			}
			n := new(big.Int).SetBytes(v.bytes)
			if v.bytes[0]&0x80 != 0 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v.bytes))))
			}
			return convert(n)
		}, ""
	}
	return nil, "decimals of a type that cannot hold them"
}
