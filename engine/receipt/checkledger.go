package receipt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/receipt/roll"
	"weir/ledger"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/models"
	"weir/ledger/contract/records"
	"weir/ledger/contract/tasks"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// checkCheckpoint asks for the signature of one of the log's keys. A signature of somebody whom the trust does not name
// is refused, although it does no harm: whoever does not know its key cannot tell whether it was changed.
func (v *verification) checkCheckpoint() (string, error) {
	log, err := verifiers(v.trust.CheckpointKeys)
	if err != nil {
		return "", err
	}
	witnesses, err := verifiers(v.trust.Witnesses.Keys)
	if err != nil {
		return "", err
	}
	c, err := proof.OpenCheckpoint(v.Checkpoint, v.trust.Origin, note.VerifierList(append(log, witnesses...)...))
	if err != nil {
		return "", err
	}
	if _, err := note.Open(v.Checkpoint, note.VerifierList(log...)); err != nil {
		return "", errors.New("the log itself has not signed it")
	}
	v.checkpoint = c
	return fmt.Sprintf("%s, %d blocks", c.Origin, c.Size), nil
}

func (v *verification) checkWitnesses() (string, error) {
	if v.checkpoint == nil {
		return "", ErrUnchecked
	}
	witnesses, err := verifiers(v.trust.Witnesses.Keys)
	if err != nil {
		return "", err
	}
	cosigned := 0
	if n, err := note.Open(v.Checkpoint, note.VerifierList(witnesses...)); err == nil {
		cosigned = len(n.Sigs)
	}
	if cosigned < v.trust.Witnesses.Need {
		return "", fmt.Errorf("%d have cosigned, the trust file asks for %d", cosigned, v.trust.Witnesses.Need)
	}
	return fmt.Sprintf("%d have cosigned, the trust file asks for %d", cosigned, v.trust.Witnesses.Need), nil
}

func verifiers(keys []string) ([]note.Verifier, error) {
	list := make([]note.Verifier, len(keys))
	for i, key := range keys {
		var err error
		if list[i], err = proof.NewVerifier(key); err != nil {
			return nil, fmt.Errorf("key %d of the trust file: %w", i+1, err)
		}
	}
	return list, nil
}

func (v *verification) checkChain() (string, error) {
	if v.genesis.Chain != v.trust.Chain {
		return "", fmt.Errorf("the founding document is of chain %s, the trust file of %s", v.genesis.Chain, v.trust.Chain)
	}
	for _, h := range v.headers {
		if h.Chain != v.trust.Chain {
			return "", fmt.Errorf("block %d is of another chain", h.Height)
		}
	}
	for _, e := range v.all {
		if e.tx.Chain != v.trust.Chain {
			return "", fmt.Errorf("the %s is for another chain", e.tx.Kind)
		}
	}
	return string(v.trust.Chain), nil
}

func (v *verification) checkFounding() (string, error) {
	if len(v.headers) == 0 || v.headers[0].Height != 0 {
		return "", errors.New("the founding block is missing")
	}
	if v.headers[0].Previous != ledger.FoundingDigest(v.Document) {
		return "", errors.New("the founding block names another document")
	}
	return fmt.Sprintf("%d members, founded %s", len(v.genesis.Members), v.headers[0].At().Format(time.RFC3339)), nil
}

func (v *verification) checkInclusion() (string, error) {
	if v.checkpoint == nil {
		return "", ErrUnchecked
	}
	for i, h := range v.headers {
		block := &v.Blocks[i]
		if err := merkle.CheckPath(v.checkpoint.Root, v.checkpoint.Size, h.Height, block.Header, block.LogPath); err != nil {
			return "", fmt.Errorf("block %d in the log: %w", h.Height, err)
		}
	}
	for _, e := range v.all {
		of, index := uint64(e.result.Of), uint64(e.result.Index)
		if err := merkle.CheckPath(e.header.Results, of, index, e.Result, e.ResultPath); err != nil {
			return "", fmt.Errorf("result of the %s in block %d: %w", e.tx.Kind, e.header.Height, err)
		}
		if err := merkle.CheckPath(e.header.Txs, of, index, e.Tx, e.TxPath); err != nil {
			return "", fmt.Errorf("the %s in block %d: %w", e.tx.Kind, e.header.Height, err)
		}
	}
	return fmt.Sprintf("%d transactions in blocks up to %d", len(v.all), v.headers[len(v.headers)-1].Height), nil
}

// judges are the contracts that judge each kind.
var judges = map[ledger.Kind]engine.Name{
	message.KindConsent: consents.Name, message.KindRecords: records.Name, message.KindModel: models.Name,
	message.KindApproval: models.Name,
}

func (v *verification) checkResults() (string, error) {
	for _, e := range v.all {
		judge, other := judges[e.tx.Kind]
		if !other {
			judge = tasks.Name
		}
		switch {
		case e.result.Tx != e.tx.ID() || e.result.Height != e.header.Height:
			return "", fmt.Errorf("the result of the %s in block %d is of another transaction", e.tx.Kind, e.header.Height)
		case !e.result.OK():
			return "", fmt.Errorf("the ledger refused the %s in block %d: %s", e.tx.Kind, e.header.Height, e.result.Code)
		case !strings.HasPrefix(e.result.Contract, string(judge)+"@"):
			return "", fmt.Errorf("the %s in block %d was judged by another contract than %s", e.tx.Kind, e.header.Height, judge)
		}
	}
	return fmt.Sprintf("%d taken", len(v.all)), nil
}

func (v *verification) checkContracts() (string, error) {
	accepted := v.trust.ContractSets
	sets := map[engine.Digest]bool{}
	for _, h := range v.headers {
		if len(accepted) > 0 && !slices.Contains(accepted, h.Contracts) {
			return "", fmt.Errorf("block %d was judged by contract set %s, which the trust file does not list", h.Height, h.Contracts.Short())
		}
		sets[h.Contracts] = true
	}
	if len(accepted) == 0 {
		return fmt.Sprintf("%d set, the trust file accepts any", len(sets)), nil
	}
	return fmt.Sprintf("%d of the trusted sets", len(sets)), nil
}

// checkAccounts: a roll shows exactly the accounts that the founding document is not enough for, under the checkpoint.
func (v *verification) checkAccounts() (string, error) {
	if v.Roll == nil {
		return "none beside the founding document", nil
	}
	if v.checkpoint == nil {
		return "", ErrUnchecked
	}
	var all []roll.Signed
	for _, e := range v.all {
		if _, bare := e.tx.Sender.Key(); !bare {
			all = append(all, e.signed())
		}
	}
	accounts, err := v.Roll.Check(&v.trust.Trust, v.checkpoint, v.genesis, all)
	if err != nil {
		return "", err
	}
	v.accounts = accounts
	return fmt.Sprintf("%d beside the founding document, as they stood after %d blocks", len(accounts), v.checkpoint.Size), nil
}

// signed is a transaction of an account at its height.
func (e *entry) signed() roll.Signed {
	return roll.Signed{Account: e.account(), Height: e.header.Height, Tx: e.tx}
}

func (v *verification) checkSignatures() (string, error) {
	if v.Roll != nil && v.accounts == nil {
		return "", ErrUnchecked
	}
	for _, e := range v.all {
		if err := v.checkSignature(e); err != nil {
			return "", fmt.Errorf("the %s in block %d: %w", e.tx.Kind, e.header.Height, err)
		}
	}
	return fmt.Sprintf("%d signatures", len(v.all)), nil
}

// checkSignature: by the key itself, by the key that the roll shows for the height, or by the key of the founding document.
func (v *verification) checkSignature(e *entry) error {
	key, bare := e.tx.Sender.Key()
	signed := false
	if account := v.accounts[e.account()]; !bare && account != nil {
		signed = account.Signed(e.signed())
	} else if !bare {
		sender, known := v.genesis.Member(e.account())
		if !known {
			return errors.New("its sender is no member")
		}
		key = sender.SigningKey
	}
	if !signed && !message.SignedBy(e.tx, key) {
		return errors.New("its sender has not signed it")
	}
	return nil
}

// members are those of the founding document and of the roll, as they judge the receipt's own transactions.
type members struct {
	*message.Genesis
	v *verification
}

// Member is message.Members'.
func (m members) Member(name engine.Name) (message.Member, bool) {
	if a := m.v.accounts[name]; a != nil {
		return message.Member{Name: a.Name, Role: a.Role, SigningKey: a.Key}, true
	}
	return m.Genesis.Member(name)
}

// OpenPost is message.Members'.
func (m members) OpenPost(b []byte) (*message.Post, error) {
	for _, e := range m.v.all {
		if !bytes.Equal(e.Tx, b) {
			continue
		}
		if err := m.v.checkSignature(e); err != nil {
			return nil, fmt.Errorf("%w: the %s in block %d: %w", message.ErrPost, e.tx.Kind, e.header.Height, err)
		}
		return &message.Post{Tx: e.tx, Signer: e.account()}, nil
	}
	return nil, fmt.Errorf("%w: not in the receipt", message.ErrPost)
}

// circuitContribution is what the contribution circuit is called in founding documents and trust files.
const circuitContribution = "contribution"

func (v *verification) checkKeys() (string, error) {
	trusted, listed := v.trust.Circuit(circuitContribution)
	if !listed {
		return "", fmt.Errorf("the trust file lists no verifying key of circuit %s", circuitContribution)
	}
	registered, _ := v.genesis.CircuitID(circuitContribution)
	switch {
	case registered != trusted.ID:
		return "", fmt.Errorf("the founding document registers key %s, the trust file lists %s", registered.Short(), trusted.ID.Short())
	case sha256.Sum256(v.Key) != trusted.ID:
		return "", errors.New("the receipt carries another key than the trusted one")
	}
	for _, c := range v.commits {
		if !slices.Equal(c.result.Keys, []engine.Digest{trusted.ID}) {
			return "", fmt.Errorf("the ledger judged the commit of %s under another key", c.body.Party)
		}
	}
	verifier, err := v.newVerifier(trusted.ID, v.Key)
	if err != nil {
		return "", err
	}
	v.verifier, v.circuit = verifier, trusted.ID
	return fmt.Sprintf("%s of circuit %s, origin %s", trusted.ID.Short(), circuitContribution, trusted.Origin), nil
}
