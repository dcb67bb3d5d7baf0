package xmltree_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	. "weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/vectortest"
)

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "ends before"},
		"cut off":            {"<a>\n<b>", "line 2: the file ends"},
		"entities":           {"<!DOCTYPE a [<!ENTITY b \"bbbb\">]>\n<a>&b;</a>", "document type declaration"},
		"external entity":    {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "document type declaration"},
		"unknown entity":     {"<a>\n&lol;</a>", "line 2"},
		"wrong end":          {"<a><b></a></b>", "closed by another"},
		"end without start":  {"<a></a></b>", "without its start"},
		"second root":        {"<a/>\n<b/>", "line 2: a second root"},
		"text outside":       {"<a/>text", "outside"},
		"attribute twice":    {"<a>\n<b c='1' c='2'/></a>", "line 2: attribute \"c\" is given twice"},
		"other encoding":     {"<?xml version='1.0' encoding='GBK'?><a/>", "UTF-8"},
		"not UTF-8":          {"<a>\xff</a>", "encoding"},
		"NUL":                {"<a>\x00</a>", "not XML"},
		"nested":             {strings.Repeat("<a>", MaxDepth+1), "nested deeper"},
		"many elements":      {"<a>" + strings.Repeat("<b/>", MaxElements) + "</a>", "more than"},
		"many attributes":    {"<a" + attributes(65) + "/>", "more than 64 attributes"},
		"all the attributes": {"<a>" + strings.Repeat("<b"+attributes(50)+"/>", MaxAttributes/50+1) + "</a>", "more than"},
	} {
		_, err := Parse([]byte(c.text), "f.xml")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	return b.String()
}

func TestTree(t *testing.T) {
	root, err := Parse([]byte("\xef\xbb\xbf<?xml version='1.0' encoding='ASCII'?>\n<p:a xmlns='u' xmlns:p='v' x:y='1' y='&lt;2'>\n<!-- c -->"+
		"<b>t<!-- d -->u &amp; v</b>\n\n<c/></p:a>\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	y, _ := root.Attr("y")
	_, other := root.Attr("z")
	if root.Name != "a" || root.Prefix != "p" || len(root.Attributes) != 2 || y != "<2" || other {
		t.Errorf("the root is %+v", root)
	}
	if b := root.Child("b"); b.Text != "tu & v" || b.Line != 3 || root.Child("c").Line != 5 || root.Child("d") != nil {
		t.Errorf("the children are %+v", root.Children)
	}
	if at := root.Child("c").At().String(); at != "line 5, <c>" {
		t.Errorf("the place is %q", at)
	}
}

func TestLatin1(t *testing.T) {
	root, err := Parse([]byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a b=\"\xe9\"/>"), "f")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := root.Attr("b"); b != "é" {
		t.Errorf("the attribute is %q", b)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range vectortest.Files(f, "pmml/*/*.pmml", "pmml/*/*.xml") {
		f.Add(text)
	}
	for _, seed := range []string{"<a><b c='d'>e</b></a>", "<?xml version='1.0' encoding='latin1'?><a/>", "<a>&lt;</a>", "<!DOCTYPE a>", "<a:b/>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, err := Parse(text, "f")
		if err == nil && (root == nil || root.Line < 1) {
			t.Fatal("a document without a root")
		}
	})
}

func ExampleParse() {
	_, err := Parse([]byte("<PMML>\n<Scorecard>\n</PMML>"), "card.pmml")
	fmt.Println(err)
	// Output: card.pmml: line 3: element <Scorecard> is closed by another name
}
