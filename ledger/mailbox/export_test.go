package mailbox

// Hasten makes a mailbox of a test quick, and no longer durable.
func (m *Mailbox) Hasten() { m.db.NoSync, m.db.MaxBatchDelay = true, 0 }
