// Package model is the public side of a scoring model: what every holder's agent, the supervisor and the ledger see.
// A Version carries, for each party, which of its characteristics are cut into which bins, how far the points of the
// slice can reach together, and a commitment to the base; its digest names it everywhere.
//
// It knows no points: those stay with the bank (package points). It refuses versions outside a consortium's Policy,
// naming the rule, the figure and the limit. What needs the points (that no row exceeds the stated caps, and the cap
// on each single characteristic) is for the model proof, not for this package.
//
// Sources: the project's protocol, sections 2 (versionDigest) and 4 (lines, rows, continuation, resolution).
package model
