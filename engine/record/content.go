package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/poseidon"
	"weir/engine/schema"
)

// Key is a party's record key, the secret behind the salts: whoever has it and a root can test guesses of records.
type Key [32]byte

// Format keeps the key out of every log line.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, "[record key]") }

// WordCount is how many field elements carry the values of a record, seven values to each.
const WordCount = 5

const valuesPerWord = 7

// Words packs the encoded values: w_(i+1) = Σ_j v_(7i+j)·2^(32j), below 2^224.
func Words(values [schema.MaxFeatures]uint32) (words [WordCount]fr.Element) {
	for i := range words {
		var b [fr.Bytes]byte
		for j, v := range values[valuesPerWord*i : min(valuesPerWord*(i+1), len(values))] {
			binary.BigEndian.PutUint32(b[len(b)-4*(j+1):], v)
		}
		words[i].SetBytes(b[:])
	}
	return words
}

// Salt is the first 31 bytes, big-endian, of HMAC-SHA-256(key, enc["weir/salt/v1", party, subject, w1..w5]), each word as
// 32 bytes big-endian. The same record has the same salt in every epoch, so an unchanged record keeps its content.
func Salt(key Key, party engine.PartyID, s engine.Subject, words [WordCount]fr.Element) (salt fr.Element) {
	in := saltInput{Tag: "weir/salt/v1", Party: string(party), Subject: s,
		W1: words[0].Bytes(), W2: words[1].Bytes(), W3: words[2].Bytes(), W4: words[3].Bytes(), W5: words[4].Bytes()}
	mac := hmac.New(sha256.New, key[:])
	mac.Write(canonical.Encode(&in))
	salt.SetBytes(mac.Sum(nil)[:31])
	return salt
}

// saltInput is the array that the salt authenticates.
type saltInput struct {
	_                  struct{} `cbor:",toarray"`
	Tag, Party         string
	Subject            engine.Subject
	W1, W2, W3, W4, W5 [fr.Bytes]byte
}

// Content is the commitment to one record: P2_8(D_content, 0, w1..w5, salt).
func Content(words [WordCount]fr.Element, salt fr.Element) fr.Element {
	var in [8]fr.Element
	in[0].SetUint64(poseidon.DomainContent)
	copy(in[2:], words[:])
	in[7] = salt
	return poseidon.Hash8(in)
}

// Entry is one subject of a bucket with the content of its record; the zero Entry is an empty place.
type Entry struct {
	Subject engine.Subject
	Content fr.Element
}

// BucketSize is how many subjects one slot holds.
const BucketSize = 4

// BucketHash is P2_8(s1, c1, s2, c2, s3, c3, s4, c4).
func BucketHash(bucket [BucketSize]Entry) fr.Element {
	var in [2 * BucketSize]fr.Element
	for j, e := range bucket {
		in[2*j].SetBytes(e.Subject[:])
		in[2*j+1] = e.Content
	}
	return poseidon.Hash8(in)
}
