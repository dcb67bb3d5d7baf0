package consortium

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/model"
)

// tap passes private messages on and keeps their bytes.
type tap struct {
	receiver
	mu     sync.Mutex
	bodies [][]byte
}

func (p *tap) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	answer, err := p.receiver.Receive(ctx, kind, body, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, bytes.Clone(body), bytes.Clone(answer))
	return answer, err
}

// drawn keeps every random string of 16 bytes or more that a party drew: keys, seeds, nonces.
type drawn struct {
	mu   sync.Mutex
	kept [][]byte
}

func (d *drawn) Read(b []byte) (int, error) {
	n, err := rand.Read(b)
	d.mu.Lock()
	defer d.mu.Unlock()
	if n >= 16 {
		d.kept = append(d.kept, bytes.Clone(b[:n]))
	}
	return n, err
}

// Canaries: values that nothing else in the run can look like.
const (
	canaryAmount   = 3141592653
	canaryNeighbor = 2718281828
	canarySubject  = "CANARY-enterprise-8d41"
	canaryBad      = "CANARY-cell-5be7"
	canaryBase     = 700000123
)

// needles are the forms in which a secret string could show: raw, hexadecimal, base64 at each of its three offsets.
func needles(secret []byte) [][]byte {
	forms := [][]byte{secret, []byte(hex.EncodeToString(secret)), []byte(strings.ToUpper(hex.EncodeToString(secret)))}
	for offset := range 3 {
		padded := append(make([]byte, offset), secret...)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := encoding.EncodeToString(padded)
			from, to := (offset*8+5)/6, (offset+len(secret))*8/6
			forms = append(forms, []byte(text[from:to]))
		}
	}
	decimal := strings.Trim(strings.ReplaceAll(fmt.Sprint(secret), " ", ", "), "[]") // as %v and JSON print bytes
	return append(forms, []byte(decimal), []byte(strings.ReplaceAll(decimal, ", ", " ")))
}

// numberNeedles are the forms of a record's value or of a large number: as text, as CBOR, and as 8 bytes of either order.
// (Four bytes alone would turn up in a megabyte of ciphertext by chance.)
func numberNeedles(n uint64) [][]byte {
	cbor := binary.BigEndian.AppendUint32([]byte{0x1a}, uint32(n))
	return [][]byte{fmt.Append(nil, n), fmt.Appendf(nil, "%08x", n), fmt.Appendf(nil, "%08X", n), cbor,
		binary.LittleEndian.AppendUint64(nil, n), binary.BigEndian.AppendUint64(nil, n)}
}

// pairNeedles are two neighbouring values of a record as 32-bit words of either order, as in memory or a packed word.
func pairNeedles(a, b uint32) [][]byte {
	var forms [][]byte
	for _, p := range [][2]uint32{{a, b}, {b, a}} {
		forms = append(forms, binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, p[0]), p[1]),
			binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, p[0]), p[1]))
	}
	return forms
}

// search reports every needle found in what leaked.
func search(t *testing.T, what string, forms [][]byte, places map[string][]byte) {
	t.Helper()
	for place, content := range places {
		for _, form := range forms {
			if bytes.Contains(content, form) {
				t.Errorf("%s found in %s as %q", what, place, form)
			}
		}
	}
}

// canaryWorld is a consortium whose records, identifiers, points and base are canaries, and all that its parties drew.
func canaryWorld(t *testing.T) (*world, *drawn) {
	t.Helper()
	o, c := options(t, 3)
	for s := 1; s <= 3; s++ {
		file := o.Data.(fstest.MapFS)[fmt.Sprintf("s%d/records.csv", s)]
		file.Data = append(file.Data, fmt.Sprintf("%s,C,%d,49.9876,-4.87,11\n", canarySubject, canaryAmount-s)...)
		schema := o.Data.(fstest.MapFS)[fmt.Sprintf("s%d/schema.json", s)]
		schema.Data = bytes.Replace(schema.Data, []byte(`{"name": "growth"`), []byte(`{"name": "neighbor", "scale": 0, "min": 0, "max": 4000000000}, {"name": "growth"`), 1)
		lines := strings.Split(strings.TrimSuffix(string(file.Data), "\n"), "\n")
		for i := range lines {
			neighbor := "5"
			if i == 0 {
				neighbor = "neighbor"
			} else if strings.HasPrefix(lines[i], canarySubject) {
				neighbor = fmt.Sprint(canaryNeighbor)
			}
			lines[i] += "," + neighbor
		}
		file.Data = []byte(strings.Join(lines, "\n") + "\n")
	}
	text := strings.Replace(card(3), `"base": -37`, fmt.Sprintf(`"base": %d`, canaryBase), 1)
	o.Model = parseModel(t, strings.Replace(text, `"range": [0, 100]`, `"range": [0, 900000000]`, 1))
	random := &drawn{}
	o.Random = random
	return foundWith(t, o, c), random
}

// A25: a whole run with its failures — refusals of every kind, a malicious holder, defects in a file — while everything
// that is written or sent is kept: errors in every format, standard output and error, the default logs, JSON, the board,
// the content store, private messages, temporary files. No record, identifier, point, base, key, seed, nonce or mask is
// in it, in any form. The exceptions are the protocol's own: an enterprise names itself to the registrar when it enrols,
// and the bank's score is the bank's.
func TestNoSecretAnywhere(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	logs := captureOutput(t)
	w, random := canaryWorld(t)
	taps := map[string]*tap{}
	for address, r := range w.network.receivers {
		taps[address] = &tap{receiver: r}
		w.network.receivers[address] = taps[address]
	}
	texts := &bytes.Buffer{}
	told := func(err error) {
		if err == nil {
			t.Error("a step of the run that must fail did not")
		}
		fmt.Fprintf(texts, "%v\n%+v\n%#v\n%q\n", err, err, err, err)
		slog.Error("run", "err", err)
		log.Print(err)
	}
	scores := w.failingRun(t, told)

	places := map[string][]byte{"errors": texts.Bytes(), "logs and standard streams": logs(), "board and content store": w.everything()}
	for address, p := range taps {
		if address != string(RegistrarName) {
			places["messages to "+address] = bytes.Join(p.bodies, []byte{'|'})
		}
	}
	received, err := w.Learned(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	learned, err := json.Marshal([]any{received, w.Phases(), w.Holders(), w.Unused, w.Warnings})
	if err != nil {
		t.Fatal(err)
	}
	places["JSON"], places["temporary files"] = learned, filesUnder(t, temp)
	places["printed parties"] = w.printed()
	size := 0
	for _, content := range places {
		size += len(content)
	}
	if size < 1<<20 {
		t.Fatalf("only %d bytes were captured: the test shows nothing", size)
	}

	subject := engine.Identifier{Kind: engine.Opaque, Text: canarySubject}.Subject()
	search(t, "an identifier", needles([]byte(canarySubject)), places)
	search(t, "a subject's hash", needles(subject[:]), places)
	search(t, "a broken cell", needles([]byte(canaryBad)), places)
	for s := uint64(1); s <= 3; s++ {
		amount := canaryAmount - s
		search(t, "a record's value", numberNeedles(amount), places)
		search(t, "an encoded value", numberNeedles(amount+2), places)
		search(t, "two encoded values", pairNeedles(uint32(amount+2), canaryNeighbor+2), places)
	}
	for _, score := range scores {
		search(t, "a score", numberNeedles(uint64(score)), places)
	}
	search(t, "the base", numberNeedles(canaryBase), places)
	compiled, err := w.options.Model.Compile(w.schemas)
	if err != nil {
		t.Fatal(err)
	}
	search(t, "base'", numberNeedles(uint64(compiled.Base)), places)
	for i := range compiled.Slices {
		for _, form := range pointNeedles(scorePoints(compiled.Slices[i].Points[:2*model.LineRows])) {
			search(t, "a line's points", [][]byte{form}, places)
		}
	}
	for _, secret := range random.kept {
		search(t, "a drawn secret", needles(secret), places)
	}
	for name, key := range w.keys {
		search(t, "the signing key of "+string(name), needles(key.Seed()), places)
	}
	for _, party := range w.parties {
		if a, honest := w.agents[party].(*holder.Agent); honest {
			search(t, "a record key", needles(a.RecordKey[:]), places)
		}
	}
	t.Logf("%d bytes in %d places, %d drawn secrets", size, len(places), len(random.kept))
}

// failingRun scores an enterprise and then lets everything go wrong that can; it gives the scores.
func (w *world) failingRun(t *testing.T, told func(error)) []int64 {
	t.Helper()
	id := engine.Identifier{Kind: engine.Opaque, Text: canarySubject}
	key := w.consented(t, id)
	opened, err := w.Ask(t.Context(), key)
	if err != nil || opened.Sum != w.reference(t, id) {
		t.Fatalf("the honest score: %v", err)
	}
	if err := w.wallet(t, id).Revoke(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		_, err := w.Ask(t.Context(), w.consented(t, id))
		return err
	}
	refused := w.requestedFor(t, key, func(r *inquiry.Request) { r.Attempt = 1 })
	for _, party := range w.parties {
		told(w.agents[party].Contribute(t.Context(), refused, w.clock.now()))
		told(w.agents[party].Release(t.Context(), refused))
	}
	_, err = w.Ask(t.Context(), consent.Key{9})
	told(err)
	c, ek := w.certified(t, id)
	_, answers := w.give(t, w.makeConsent(t, c, ek, w.terms())) // another key for a known enterprise
	for _, err := range answers {
		told(err)
	}
	_, enrolled := w.link("stranger").Send(t.Context(), string(RegistrarName), message.KindEnrolment, []byte("x"))
	told(enrolled)
	_, defective := Found(t.Context(), w.defective())
	told(defective)
	l := w.seatLiar(t, w.parties[0], id)
	w.network.receivers[string(w.parties[0])] = l
	l.draft = func(d *partytest.Draft) { d.Masks[w.parties[1]] = d.Masks[w.parties[2]] }
	told(ask())
	l.draft = func(d *partytest.Draft) { d.Shift = 5 }
	told(ask())
	_, err = w.bank.Request(t.Context(), w.model, key, "pre-loan")
	told(err)
	return []int64{opened.Sum}
}

// defective is the same consortium with one broken cell.
func (w *world) defective() Options {
	o := w.options
	files := fstest.MapFS{}
	for name, f := range o.Data.(fstest.MapFS) {
		files[name] = &fstest.MapFile{Data: bytes.Replace(f.Data, []byte("49.9876"), []byte(canaryBad), 1)}
	}
	o.Data = files
	return o
}

// printed is every party and everything secret that a careless log line could print, in every verb.
func (w *world) printed() []byte {
	var out bytes.Buffer
	things := []any{w.bank, *w.supervisor, w.supervisor}
	for _, party := range w.parties {
		things = append(things, w.agents[party])
		if l, isLiar := w.agents[party].(*liar); isLiar {
			things[len(things)-1] = l.Agent
			things = append(things, l.secret, *l.secret, l.keys)
		}
	}
	for _, wallet := range w.wallets {
		things = append(things, wallet, *wallet)
	}
	for _, thing := range things {
		fmt.Fprintf(&out, "%v %+v %#v %s %x %d\n", thing, thing, thing, thing, thing, thing)
	}
	return out.Bytes()
}

// pointNeedles are a few lines' points as little-endian and big-endian words, as CBOR and as decimal lists.
func pointNeedles(points []uint16) [][]byte {
	var little, big, cbor []byte
	for _, p := range points {
		little, big = binary.LittleEndian.AppendUint16(little, p), binary.BigEndian.AppendUint16(big, p)
		if p < 24 {
			cbor = append(cbor, byte(p))
		} else {
			cbor = append(cbor, 0x18, byte(p))
		}
	}
	list := strings.Trim(fmt.Sprint(points), "[]")
	return slices.Concat(needles(little), [][]byte{big, cbor, []byte(list), []byte(strings.ReplaceAll(list, " ", ","))})
}

// captureOutput redirects the default loggers and the process's standard streams; the result reads them.
func captureOutput(t *testing.T) func() []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, logger, writer := os.Stdout, os.Stderr, slog.Default(), log.Writer()
	os.Stdout, os.Stderr = f, f
	log.SetOutput(f)
	slog.SetDefault(slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() {
		os.Stdout, os.Stderr = stdout, stderr
		slog.SetDefault(logger)
		log.SetOutput(writer)
		f.Close()
	})
	return func() []byte {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
}

// filesUnder is the names and contents of all files below a folder.
func filesUnder(t *testing.T, folder string) []byte {
	t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		io.WriteString(&all, path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// The search itself finds what it looks for, in every form.
func TestCanarySearchFinds(t *testing.T) {
	secret := []byte("CANARY-secret-0123456789")
	for _, shown := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprint(secret), fmt.Sprintf("%d", secret),
		base64.StdEncoding.EncodeToString(secret), base64.StdEncoding.EncodeToString(append([]byte("a"), secret...)),
		base64.URLEncoding.EncodeToString(append([]byte("ab"), secret...)), fmt.Sprintf("%q", secret)} {
		found := slices.ContainsFunc(needles(secret), func(form []byte) bool { return bytes.Contains([]byte("…"+shown+"…"), form) })
		if !found {
			t.Errorf("not found in %s", shown)
		}
	}
	for _, shown := range []string{fmt.Sprint(canaryAmount), fmt.Sprintf("%x", canaryAmount), fmt.Sprintf(`{"v":%d}`, canaryAmount)} {
		found := slices.ContainsFunc(numberNeedles(canaryAmount), func(form []byte) bool { return strings.Contains(shown, string(form)) })
		if !found {
			t.Errorf("not found in %s", shown)
		}
	}
}

// scorePoints are the points of group 0.
func scorePoints(rows [][model.Groups]uint16) []uint16 {
	var points []uint16
	for _, w := range rows {
		points = append(points, w[0])
	}
	return points
}
