package control

import (
	"context"
	"encoding/json"
	"fmt"
)

// ReceiveDeposit is the command that has a daemon open a document that was handed over to it: the secret of the month is in its
// memory, which no other process opens.
const ReceiveDeposit = "receive-deposit"

// DepositArgument is the file that the depositor passed on (deposit.Transfer).
type DepositArgument struct {
	Transfer []byte `json:"transfer"`
}

// Deposit is the depositor's certificate. It carries the document's salt: keep it as secret as the file.
type Deposit struct {
	Certificate []byte `json:"certificate"`
}

// ReceivingDeposits is the command, for a daemon that opens transfers with receive.
func ReceivingDeposits(receive func(transfer []byte) ([]byte, error)) Command {
	return func(_ context.Context, argument json.RawMessage) (any, error) {
		var a DepositArgument
		if err := json.Unmarshal(argument, &a); err != nil {
			return nil, fmt.Errorf("argument: %w", err)
		}
		certificate, err := receive(a.Transfer)
		if err != nil {
			return nil, err
		}
		return Deposit{Certificate: certificate}, nil
	}
}
