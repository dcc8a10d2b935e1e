package decode

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// Refusal is a value that does not fit its field.
type Refusal struct {
	Line int
	Path string // as in "spec.ingress[0].from"
	Msg  string
}

func (r *Refusal) Error() string { return fmt.Sprintf("line %d: %s: %s", r.Line, r.Path, r.Msg) }

// Mode says what becomes of a field that the target does not have.
type Mode struct {
	// Strict refuses what looks like a mistake, for what people write; without it an
	// API server has accepted the object, perhaps a newer one than this program
	// knows.
	Strict bool
	// Complete: the target has every field of the API, so any other is a mistake or
	// from a newer version. Otherwise a part of the fields is enough, and only one
	// that looks like a known one misspelt is a mistake.
	Complete bool
}

// Decoder fills objects. It is not for concurrent use; strings that repeat are
// held once.
type Decoder struct {
	// WantsAnnotation reports whether an annotation is to be in the object; nil
	// wants all.
	WantsAnnotation func(key []byte) bool

	mode      Mode
	plans     map[reflect.Type]*plan
	strings   map[string]string
	unknown   []string
	positions positions
}

// New returns a Decoder.
func New() *Decoder {
	return &Decoder{plans: make(map[reflect.Type]*plan), strings: make(map[string]string)}
}

// Object fills v, a pointer to a struct, from the mapping n, apart from the
// fields apiVersion, kind and metadata, which Meta reads. It returns the names
// of the fields that a complete target does not have, where the mode is not
// strict, and a *Refusal.
func (d *Decoder) Object(n tree.Node, v any, mode Mode) (unknown []string, err error) {
	d.mode, d.unknown = mode, nil
	d.positions.reset(n.Line())
	rv := reflect.ValueOf(v).Elem()
	if r := d.structure(n, rv, d.plan(rv.Type())); r != nil {
		r.Path = strings.TrimPrefix(r.Path, ".")
		if r.Path == "" {
			r.Path = "the object"
		}
		return nil, r
	}
	return d.unknown, nil
}

func (d *Decoder) value(n tree.Node, v reflect.Value) *Refusal {
	if n.Kind() == tree.Null {
		return nil // absent, as for the API
	}
	t := v.Type()
	switch t.Kind() {
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		v.Set(p)
		return d.value(n, p.Elem())
	case reflect.Struct:
		if t == intOrString {
			return d.intOrString(n, v.Addr().Interface().(*kube.IntOrString))
		}
		return d.structure(n, v, d.plan(t))
	case reflect.Slice:
		return d.slice(n, v)
	case reflect.Map:
		return d.labels(n, v, nil)
	case reflect.String:
		if n.Kind() != tree.String {
			return wrong(n, "a string")
		}
		v.SetString(d.Intern(n.Text()))
	case reflect.Bool:
		if n.Kind() != tree.Bool {
			return wrong(n, "a boolean")
		}
		v.SetBool(string(n.Text()) == "true")
	case reflect.Float64:
		f, err := strconv.ParseFloat(string(n.Text()), 64)
		if n.Kind() != tree.Int && n.Kind() != tree.Float || err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return wrong(n, "a number")
		}
		v.SetFloat(f)
	default:
		i, r := integer(n, t.Bits())
		if r != nil {
			return r
		}
		v.SetInt(i)
	}
	return nil
}

// wrong refuses n, which is not what its field holds. A string that was meant but
// lacks its quotes is the usual cause.
func wrong(n tree.Node, want string) *Refusal {
	msg := "want " + want + ", not " + n.Kind().String()
	switch n.Kind() {
	case tree.Bool, tree.Int, tree.Float:
		if want == "a string" {
			msg += " (" + string(n.Text()) + "); put it in quotes"
		}
	case tree.String:
		msg += " (" + strconv.Quote(clip(n.Text())) + ")"
	}
	return &Refusal{Line: n.Line(), Msg: msg}
}

func clip(b []byte) string {
	if len(b) > 60 {
		return string(b[:57]) + "..."
	}
	return string(b)
}

func integer(n tree.Node, bits int) (int64, *Refusal) {
	if n.Kind() != tree.Int {
		return 0, wrong(n, "an integer")
	}
	i, err := strconv.ParseInt(string(n.Text()), 10, bits)
	if err != nil {
		return 0, &Refusal{Line: n.Line(), Msg: fmt.Sprintf("%s is not a %d-bit integer", clip(n.Text()), bits)}
	}
	return i, nil
}

var intOrString = reflect.TypeFor[kube.IntOrString]()

func (d *Decoder) intOrString(n tree.Node, v *kube.IntOrString) *Refusal {
	if n.Kind() == tree.String {
		if len(n.Text()) == 0 {
			return &Refusal{Line: n.Line(), Msg: "want a number or a name, not an empty string"}
		}
		v.Str = d.Intern(n.Text())
		return nil
	}
	i, r := integer(n, 32)
	if r != nil {
		if n.Kind() != tree.Int {
			r = wrong(n, "a number or a name")
		}
		return r
	}
	reflect.ValueOf(&v.Int).Elem().SetInt(i) // 32 bits, as integer has checked
	return nil
}

func (d *Decoder) slice(n tree.Node, v reflect.Value) *Refusal {
	if n.Kind() != tree.List {
		return wrong(n, "a list")
	}
	v.Set(reflect.MakeSlice(v.Type(), n.Len(), n.Len()))
	i := 0
	for e := range n.All() {
		r := d.entry(e, v.Index(i), i)
		if e.Kind() == tree.Null {
			r = &Refusal{Line: e.Line(), Msg: "an entry of the list is empty"}
		}
		if r != nil {
			r.Path = "[" + strconv.Itoa(i) + "]" + r.Path
			return r
		}
		i++
	}
	return nil
}

func (d *Decoder) entry(e tree.Node, v reflect.Value, i int) *Refusal {
	defer d.positions.enter(stepToEntry(i), e.Line()).leave()
	return d.value(e, v)
}

func (d *Decoder) labels(n tree.Node, v reflect.Value, wanted func([]byte) bool) *Refusal {
	if n.Kind() != tree.Map {
		return wrong(n, "a mapping")
	}
	size := n.Len()
	if wanted != nil {
		size = 0
	}
	m := make(map[string]string, size)
	for e := range n.All() {
		if e.Kind() != tree.String && e.Kind() != tree.Null {
			r := wrong(e, "a string")
			r.Path = "[" + string(e.Key()) + "]"
			return r
		}
		if wanted != nil && !wanted(e.Key()) {
			continue
		}
		m[d.Intern(e.Key())] = d.Intern(e.Text())
	}
	if len(m) > 0 {
		v.Set(reflect.ValueOf(m))
	}
	return nil
}

// Intern returns b as a string, the same one for the same bytes.
func (d *Decoder) Intern(b []byte) string {
	if s, ok := d.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= 64 && len(d.strings) < 1<<16 {
		d.strings[s] = s
	}
	return s
}
