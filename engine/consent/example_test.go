package consent_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/consent"
)

// An enterprise enrols, gives a consent, and a holder judges what it received.
func Example() {
	now := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)
	registrarKey, registrar, _ := ed25519.GenerateKey(rand.Reader)
	_, enterprise, _ := ed25519.GenerateKey(rand.Reader)
	id, _ := engine.ParseIdentifier(engine.USCC, "91350100M000100Y43")

	// The registrar reads the application, establishes who the applicant is, and certifies its key for a year.
	application, err := consent.OpenEnrolment(consent.Enrol("weir-1", id, enterprise), "weir-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	certificate := consent.Certificate{Chain: "weir-1", Serial: 1, Kind: application.Kind, Identifier: application.Identifier,
		Key: application.Key, From: now.Unix(), To: now.AddDate(1, 0, 0).Unix()}
	if err := certificate.Certify(registrar); err != nil {
		fmt.Println(err)
		return
	}

	// The enterprise lets one bank ask once.
	terms := consent.Terms{Bank: "bank", Model: "sme", Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: 1,
		Resolution: 10, NotAfter: now.AddDate(0, 1, 0).Unix()}
	given, err := consent.Give(certificate, enterprise, terms, consent.Options{}, rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}

	// A holder reads the public half from the board and the evidence from its mail.
	public, err := consent.OpenPublic(given.Public, "weir-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	holder := consent.Authority{Chain: "weir-1", Registrar: consent.Key(registrarKey)}
	who, _, err := holder.Check(given.Evidence, public, now)
	fmt.Println(who == id, err)
	fmt.Println(public.Terms.Allow(consent.Use{Bank: "other-bank", Model: "sme", Purpose: consent.PreLoan,
		Output: consent.OutputScore, Resolution: 10, At: now}))
	// Output:
	// true <nil>
	// outside the consent's terms: given to another bank
}
