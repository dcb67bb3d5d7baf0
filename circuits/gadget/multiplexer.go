package gadget

import "github.com/consensys/gnark/frontend"

// AssertChild states children[b0 + 2·b1 + 4·b2] = current in 7 constraints; its native twin is indexing. The bits must
// already be boolean. Halving the list by one bit after the other binds the index: a product of differences
// Π (current − child) would cost the same and forget where current stood. The last choice is itself the assertion.
func (a *API) AssertChild(children [8]frontend.Variable, bits [3]frontend.Variable, current frontend.Variable) {
	list := children[:]
	for _, bit := range bits[:2] {
		half := make([]frontend.Variable, len(list)/2)
		for i := range half {
			half[i] = a.API.Add(list[2*i], a.Mul(a.Sub(list[2*i+1], list[2*i]), bit))
		}
		list = half
	}
	a.AssertProduct(a.Sub(list[1], list[0]), bits[2], a.Sub(current, list[0]))
}
