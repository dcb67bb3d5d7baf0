package receipt

// FirstFailed is the first check that fails, nil where all hold. The checks after it are not run.
func FirstFailed(b []byte, trust *Trust, verifier NewVerifier) *Check {
	v := newVerification(nil)
	v.trust, v.newVerifier, v.raw = trust, verifier, b
	for i := range checks {
		if c := v.check(i); !c.OK {
			return &c
		}
	}
	return nil
}
