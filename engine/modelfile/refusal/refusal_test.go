package refusal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/engine/modelfile/refusal"
)

func TestEmptyListIsNoError(t *testing.T) {
	list := refusal.List{File: "f"}
	list.Note(refusal.Place{Line: 1}, "only a note")
	if err := list.Err(); err != nil {
		t.Errorf("a list with only notes is %v", err)
	}
}

func TestFaultsAndNotesAreBounded(t *testing.T) {
	list := refusal.List{File: "f"}
	for i := range 3 * refusal.MaxFaults {
		list.Fault(refusal.Place{Line: i + 1}, "fault")
		list.Note(refusal.Place{Line: i + 1}, "note")
	}
	var e *refusal.Error
	if !errors.As(list.Err(), &e) || len(e.Faults) != refusal.MaxFaults || e.More != 2*refusal.MaxFaults {
		t.Fatalf("kept %d faults and counted %d more", len(e.Faults), e.More)
	}
	if !strings.HasSuffix(e.Error(), "and 200 more") {
		t.Error("the error does not say how many more faults there are")
	}
	notes := list.Notes()
	if len(notes) != refusal.MaxNotes+1 || notes[refusal.MaxNotes].Text != "and 200 more notes" {
		t.Errorf("%d notes, the last %q", len(notes), notes[len(notes)-1].Text)
	}
}

func TestPlace(t *testing.T) {
	for want, at := range map[string]refusal.Place{
		"":               {},
		"line 3":         {Line: 3, Column: 9},
		"line 3, <Node>": {Line: 3, Element: "<Node>"},
		"byte 0":         {Column: 1},
		"base_score":     {Element: "base_score"},
	} {
		if got := at.String(); got != want {
			t.Errorf("%+v is %q, want %q", at, got, want)
		}
	}
}

func ExampleList() {
	list := refusal.List{File: "card.pmml"}
	list.Fault(refusal.Place{Line: 7, Element: "<TextModel>"}, "element is not supported")
	list.Fault(refusal.Place{Line: 12, Element: "<DataField>"}, "data type %q is not supported", "date")
	fmt.Println(list.Err())
	// Output:
	// card.pmml: line 7, <TextModel>: element is not supported
	// card.pmml: line 12, <DataField>: data type "date" is not supported
}
