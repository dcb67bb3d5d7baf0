package main

import (
	"errors"
	"slices"

	"weir/engine/authority"
	"weir/engine/member/control"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/contract"
	"weir/ledger/mirror"
)

// failed turns what a ledger, a node or another party answered into an exit status; an error that has one keeps it.
func failed(err error) error {
	var status *exitError
	var lacking *contract.LackingError
	switch {
	case err == nil || errors.As(err, &status):
		return err
	case errors.As(err, &lacking):
		return badInput(err)
	case isAny(err, api.ErrUnreachable, api.ErrNoAnswer, mirror.ErrStalled, control.ErrNotRunning, errNotFinalYet, ledger.ErrHalted, ledger.ErrClosed, ledger.ErrBusy):
		return &exitError{code: exitUnreachable, err: err}
	case isRefusal(err), isAny(err, mirror.ErrSource, api.ErrAnswer, api.ErrDeclined, message.ErrNotFound, message.ErrUnproven, authority.ErrSealing,
		ledger.ErrSender, ledger.ErrSignature, ledger.ErrKind):
		return isFalse(err)
	}
	return badInput(err)
}

// isRefusal tells whether a contract, the ledger or a daemon said no.
func isRefusal(err error) bool {
	var refused *message.RefusedError
	var refusal *contract.Refusal
	var declined *control.RefusedError
	return errors.As(err, &refused) || errors.As(err, &refusal) || errors.As(err, &declined)
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}
