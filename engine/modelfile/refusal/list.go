package refusal

import "fmt"

// MaxNotes is the number of notes that a List keeps; the last one says how many were left out.
const MaxNotes = 100

// List collects the faults and notes of one file while it is read. The zero List with File set is ready to use.
type List struct {
	File   string
	faults []Remark
	more   int
	notes  []Remark
	unsaid int
}

// Fault records why the file cannot be imported.
func (l *List) Fault(at Place, format string, args ...any) {
	if len(l.faults) == MaxFaults {
		l.more++
		return
	}
	l.faults = append(l.faults, Remark{at, fmt.Sprintf(format, args...)})
}

// Note records what a reader of the file should know and what does not stop the import.
func (l *List) Note(at Place, format string, args ...any) {
	if len(l.notes) == MaxNotes {
		l.unsaid++
		return
	}
	l.notes = append(l.notes, Remark{at, fmt.Sprintf(format, args...)})
}

// Full tells whether so many faults were recorded that it is no use to look for more.
func (l *List) Full() bool { return len(l.faults) == MaxFaults }

// Err is nil if no fault was recorded, else an *Error with all of them.
func (l *List) Err() error {
	if len(l.faults) == 0 {
		return nil
	}
	return &Error{File: l.File, Faults: l.faults, More: l.more}
}

// Notes are the notes in the order in which they were made.
func (l *List) Notes() []Remark {
	if l.unsaid == 0 {
		return l.notes
	}
	return append(l.notes[:len(l.notes):len(l.notes)], Remark{Text: fmt.Sprintf("and %d more notes", l.unsaid)})
}
