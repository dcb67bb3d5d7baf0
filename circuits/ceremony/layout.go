package ceremony

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrFile is returned for a contribution's file that has another length, digest or layout than it must have.
var ErrFile = errors.New("file of the ceremony refused")

// layout is the byte form of a contribution, part by part, as gnark v0.16.0 writes and reads it. Every length and count
// in it is known beforehand. That matters because the library's decoder takes memory for whatever count it meets, and
// takes a point as 32 or 64 bytes depending on flag bits: one flag could move a count of the sender's choice to where
// the decoder reads one.
type layout []part

type part struct {
	kind  partKind
	width int    // bytes of the number, of one point, or of the free bytes
	value uint64 // the number, big-endian, or how many points
}

type partKind int

const (
	aNumber partKind = iota
	points           // compressed, none at infinity
	pointsOrInfinity
	free
)

const (
	sizeG1     = 32 // compressed
	sizeG2     = 64
	sizeDigest = 32
)

// gnark-crypto's flags on top of a point's first byte.
const (
	flagMask     = 0b11 << 6
	flagRaw      = 0b00 << 6
	flagInfinity = 0b01 << 6
)

func number(width int, value int) part   { return part{aNumber, width, uint64(value)} }
func pointsOf(width int, count int) part { return part{points, width, uint64(count)} }

// list is a counted list of points of G1. A wire that no constraint uses has its point at infinity.
func list(count int) layout {
	return layout{number(4, count), {pointsOrInfinity, sizeG1, uint64(count)}}
}

// update is gnark's proof of one update: the point x·G of G1 and a proof of knowledge of x in G2.
func update(kind partKind) layout { return layout{{kind, sizeG1, 1}, {kind, sizeG2, 1}} }

// before is the hash of the contribution before this one.
func before() layout { return layout{number(1, sizeDigest), {free, sizeDigest, 1}} }

// phase1Layout: updates of τ, α, β; then n, [β]₂, [τ … τ²ⁿ⁻²]₁, [τ … τⁿ⁻¹]₂, [βτⁱ]₁ and [ατⁱ]₁ for i < n.
func phase1Layout(n int) layout {
	var l layout
	for range 3 {
		l = append(l, update(points)...)
	}
	l = append(l, number(8, n), pointsOf(sizeG2, 1), pointsOf(sizeG1, 2*n-2), pointsOf(sizeG2, n-1), pointsOf(sizeG1, 2*n))
	return append(l, before()...)
}

// phase2Layout: the number of commitments; [δ]₁, the private wires' list, the quotient's list, [δ]₂; a list and [σ]₂ for
// each commitment; updates of δ and each σ. The start of the phase has no update and nothing before it.
func phase2Layout(s Subject, start bool) layout {
	commitments := len(s.Committed)
	l := layout{number(2, commitments), pointsOf(sizeG1, 1)}
	l = append(append(l, list(s.Private)...), list(s.Domain-1)...)
	l = append(l, pointsOf(sizeG2, 1))
	for _, n := range s.Committed {
		l = append(l, list(n)...)
	}
	l = append(l, pointsOf(sizeG2, commitments))
	kind, end := points, before()
	if start {
		kind, end = pointsOrInfinity, layout{number(1, 0)}
	}
	for range 1 + commitments {
		l = append(l, update(kind)...)
	}
	return append(l, end...)
}

func (p part) size() int {
	if p.kind == aNumber {
		return p.width
	}
	return p.width * int(p.value)
}

func (l layout) size() (n int) {
	for _, p := range l {
		n += p.size()
	}
	return n
}

// check says whether b has the layout, without decoding a point. Errors wrap ErrFile and give the place.
func (l layout) check(b []byte) error {
	if len(b) != l.size() {
		return fmt.Errorf("%w: %d bytes, want exactly %d", ErrFile, len(b), l.size())
	}
	at := 0
	for _, p := range l {
		here := b[at : at+p.size()]
		if i := p.wrong(here); i >= 0 {
			return fmt.Errorf("%w: byte %d is not as the layout has it", ErrFile, at+i)
		}
		at += p.size()
	}
	return nil
}

// wrong gives the place of the first byte that the part cannot have, or −1.
func (p part) wrong(b []byte) int {
	switch p.kind {
	case aNumber:
		for i := range b {
			if b[i] != byte(p.value>>(8*(p.width-1-i))) {
				return i
			}
		}
	case points, pointsOrInfinity:
		for i := 0; i < len(b); i += p.width {
			flag := b[i] & flagMask
			if flag == flagRaw || flag == flagInfinity && p.kind == points {
				return i
			}
		}
	}
	return -1
}

// contribution is what gnark reads and writes: a phase 1 or a phase 2.
type contribution interface {
	io.ReaderFrom
	io.WriterTo
}

// decode reads a contribution whose layout has been checked, and accepts only what would be written as the same bytes.
// The library checks that every point is on its curve and in its subgroup.
func (l layout) decode(b []byte, into contribution) error {
	if err := l.check(b); err != nil {
		return err
	}
	if _, err := into.ReadFrom(bytes.NewReader(b)); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	rest := mirror(b)
	if _, err := into.WriteTo(&rest); err != nil || len(rest) != 0 {
		return fmt.Errorf("%w: not in its one valid form", ErrFile)
	}
	return nil
}

// mirror is a writer that takes only the bytes it expects.
type mirror []byte

var errMirror = errors.New("other bytes")

func (m *mirror) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(*m, b) {
		return 0, errMirror
	}
	*m = (*m)[len(b):]
	return len(b), nil
}
