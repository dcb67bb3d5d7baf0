package record

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine/poseidon"
)

// plan is what turns one tree into the next: the shape of every level, the hashes that stay, and those to compute.
type plan struct {
	next     *Tree
	contents []uint32             // places of the records to hash
	starts   [1 + Levels][]uint32 // by node: the place of its first child, for a bucket of its first record
	dirty    [1 + Levels][]uint32 // places of the nodes to hash
}

// plan shapes next and copies into it whatever hash of t still holds. It computes none.
func (t *Tree) plan(next *Tree) (*plan, error) {
	p := &plan{next: next}
	changed := p.compare(t, next)
	records := next.records
	if err := p.shape(0, records.Len(), func(i int) uint32 { return Slot(records.subjects[i]) }); err != nil {
		return nil, err
	}
	for d := 1; d <= Levels; d++ {
		below := next.levels[d-1].index
		if err := p.shape(d, len(below), func(i int) uint32 { return below[i] >> levelBits }); err != nil {
			return nil, err
		}
	}
	for d := range next.levels {
		p.dirty[d] = next.levels[d].inherit(&t.levels[d], changed)
		for i := range changed {
			changed[i] >>= levelBits
		}
		changed = slices.Compact(changed)
	}
	return p, nil
}

// compare walks both sets of records in their common order. It copies the contents that stay and returns the slots, in
// order, where a record is new, gone or changed.
func (p *plan) compare(old, next *Tree) (changed []uint32) {
	next.contents = make([]fr.Element, next.records.Len())
	a, b := old.records, next.records
	for i, j := 0, 0; i < a.Len() || j < b.Len(); {
		order := compareAt(a, i, b, j)
		same := order == 0 && slices.Equal(a.at(i), b.at(j))
		switch {
		case same:
			next.contents[j] = old.contents[i]
		case order < 0:
			changed = append(changed, Slot(a.subjects[i]))
		default:
			p.contents = append(p.contents, uint32(j))
			changed = append(changed, Slot(b.subjects[j]))
		}
		if order <= 0 {
			i++
		}
		if order >= 0 {
			j++
		}
	}
	return slices.Compact(changed)
}

// compareAt orders two records where the end of a set comes after every record.
func compareAt(a *Records, i int, b *Records, j int) int {
	switch {
	case i == a.Len():
		return 1
	case j == b.Len():
		return -1
	}
	return comparePlaces(a.subjects[i], b.subjects[j])
}

// shape groups n ordered children, each under the index that parent gives, into the nodes of level d.
func (p *plan) shape(d, n int, parent func(i int) uint32) error {
	l := &p.next.levels[d]
	for i := range n {
		if last := len(l.index) - 1; last < 0 || l.index[last] != parent(i) {
			l.index = append(l.index, parent(i))
			p.starts[d] = append(p.starts[d], uint32(i))
		} else if d == 0 && i-int(p.starts[0][last]) == BucketSize {
			return fmt.Errorf("%w: slot %d", ErrBucketFull, parent(i))
		}
	}
	l.hash = make([]fr.Element, len(l.index))
	return nil
}

// inherit copies the hashes of the nodes whose index is not among changed, and returns the places of the others.
func (l *level) inherit(old *level, changed []uint32) (dirty []uint32) {
	c, o := 0, 0
	for place, index := range l.index {
		for c < len(changed) && changed[c] < index {
			c++
		}
		if c < len(changed) && changed[c] == index {
			dirty = append(dirty, uint32(place))
			continue
		}
		for old.index[o] != index {
			o++
		}
		l.hash[place] = old.hash[o]
	}
	return dirty
}

// run computes the hashes, each level after the one below it.
func (p *plan) run(ctx context.Context, progress Progress) error {
	c := &crew{progress: progress, total: len(p.contents)}
	for _, dirty := range p.dirty {
		c.total += len(dirty)
	}
	next := p.next
	err := c.each(ctx, p.contents, func(i int) { next.contents[i] = next.content(i) })
	for d := range next.levels {
		if err != nil {
			return err
		}
		err = c.each(ctx, p.dirty[d], func(i int) { next.levels[d].hash[i] = p.hash(d, i) })
	}
	return err
}

// hash computes the node at a place of level d.
func (p *plan) hash(d, place int) fr.Element {
	index, start := p.next.levels[d].index[place], int(p.starts[d][place])
	if d == 0 {
		return BucketHash(p.next.bucket(index, start))
	}
	return poseidon.Hash8(p.next.levels[d-1].childrenFrom(start, index, d-1))
}

// crew spreads hashes over all processors and counts them.
type crew struct {
	progress Progress
	total    int
	mu       sync.Mutex // guards done, and lets one call of progress run at a time
	done     int
}

// share is how many hashes a worker takes at once: about 6 ms of work.
const share = 256

// each calls work for every place and returns when all workers have ended, early if ctx ends.
func (c *crew) each(ctx context.Context, places []uint32, work func(place int)) error {
	var taken atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(places)+share-1)/share) {
		workers.Go(func() {
			for ctx.Err() == nil {
				from := int(taken.Add(share)) - share
				if from >= len(places) {
					return
				}
				part := places[from:min(from+share, len(places))]
				for _, place := range part {
					work(int(place))
				}
				c.report(len(part))
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

func (c *crew) report(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done += n
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
}
