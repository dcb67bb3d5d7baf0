package bench

import (
	"crypto/rand"
	"io"
	"testing"

	"weir/engine/canonical"
	"weir/engine/seal"
)

// One run compares everything of sealing: go test -run '^$' -bench 'Seal|Select|Open' ./bench
// Randomness is part of each figure: streams=shake256 as a holder draws it, streams=system from the operating system.
var sealStreams = []struct {
	name string
	draw seal.Streams
}{
	{"streams=shake256", shakeStreams},
	{"streams=system", func(string) io.Reader { return rand.Reader }},
}

func shakeStreams(name string) io.Reader { return canonical.Stream([]byte("bench"), name) }

type sealing struct {
	seed   seal.Seed
	secret *seal.SecretKey
	public *seal.PublicKey
	rows   [seal.Rows]seal.Row
	slice  *seal.Slice
}

func newSealing(b *testing.B) *sealing {
	b.Helper()
	s := &sealing{seed: seal.Seed{7}}
	for k := range s.rows {
		s.rows[k].Points[0] = uint16(k * 16)
		for j := range s.rows[k].Limbs {
			s.rows[k].Limbs[j] = uint16((k*j + 1) % seal.LimbLimit)
		}
	}
	var err error
	if s.secret, s.public, err = seal.NewKey(s.seed, shakeStreams); err != nil {
		b.Fatal(err)
	}
	if s.slice, _, err = s.secret.Seal(0, &s.rows, shakeStreams); err != nil {
		b.Fatal(err)
	}
	return s
}

func (s *sealing) prepare(b *testing.B) *seal.Selector {
	b.Helper()
	selector, err := seal.Prepare(s.seed, 0, s.slice, s.public)
	if err != nil {
		b.Fatal(err)
	}
	return selector
}

func selection() (rows seal.Selection, msg *seal.Message) {
	msg = &seal.Message{Groups: [seal.Groups]uint64{1 << 50}}
	for line := range rows {
		rows[line] = seal.RowsPerLine*line + line%seal.RowsPerLine
	}
	return rows, msg
}

// BenchmarkSealKey is one key of a sealing.
func BenchmarkSealKey(b *testing.B) {
	for _, streams := range sealStreams {
		b.Run(streams.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := seal.NewKey(seal.Seed{7}, streams.draw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSeal is one slice, without the commitments to its rows.
func BenchmarkSeal(b *testing.B) {
	s := newSealing(b)
	for _, streams := range sealStreams {
		b.Run(streams.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.secret.Seal(0, &s.rows, streams.draw); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(seal.PolynomialSize, "B/slice")
		})
	}
}

// BenchmarkSelect is one response; cached=no prepares the slice anew for each.
func BenchmarkSelect(b *testing.B) {
	s := newSealing(b)
	rows, msg := selection()
	for _, streams := range sealStreams {
		for _, cached := range []string{"yes", "no"} {
			b.Run("cached="+cached+"/"+streams.name, func(b *testing.B) {
				selector := s.prepare(b)
				b.ReportAllocs()
				for b.Loop() {
					if cached == "no" {
						selector = s.prepare(b)
					}
					response, err := selector.Select(rows, msg, streams.draw)
					if err != nil {
						b.Fatal(err)
					}
					response.Encode()
				}
				b.ReportMetric(seal.ResponseSize, "B/response")
			})
		}
	}
}

// BenchmarkOpen is the bank's decryption of one received response; decode=yes reads its bytes first.
func BenchmarkOpen(b *testing.B) {
	s := newSealing(b)
	rows, msg := selection()
	response, err := s.prepare(b).Select(rows, msg, shakeStreams)
	if err != nil {
		b.Fatal(err)
	}
	sent := response.Encode()
	b.Run("decode=no", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.secret.Open(response)
		}
	})
	b.Run("decode=yes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			received, err := seal.DecodeResponse(sent)
			if err != nil {
				b.Fatal(err)
			}
			s.secret.Open(received)
		}
	})
}
