package kinds_test

import (
	"reflect"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Nothing is missing from a row, and no list of objects is without one.
func TestRowsAreComplete(t *testing.T) {
	listed := make(map[string]bool)
	names := make(map[kinds.Name]bool)
	for _, k := range kinds.All() {
		var o kube.Objects
		object := k.Add(&o)
		typ := reflect.TypeOf(object).Elem()
		listed[typ.Name()] = true
		if typ.Name() != "Agent" && len(k.Names) == 0 {
			t.Errorf("%v: under which name is it read?", typ)
		}
		if meta, at := object.Head(); meta == nil || at == nil {
			t.Errorf("%v has no metadata or no origin", typ)
		}
		if k.Policy && k.Names[0].Group != kube.CalicoGroup {
			converted := 0
			for _, tier := range kinds.Convert(&o, convert.Options{}).Tiers {
				converted += len(tier.Policies)
			}
			if converted != 1 {
				t.Errorf("%v: one policy is converted into %d", typ, converted)
			}
		}
		for _, n := range k.Names {
			id := kinds.Name{Group: n.Group, Kind: n.Kind}
			if names[id] {
				t.Errorf("%s of group %q is there twice", n.Kind, n.Group)
			}
			names[id] = true
			if n.Kind == "" || n.Version == "" {
				t.Errorf("%v: want a kind and a version: %+v", typ, n)
			}
			if asked := n.Live == kinds.Always || n.Live == kinds.WithCalico; asked != (n.Resource != "") {
				t.Errorf("%s: a resource is for what is read without discovery, and needed there: %+v", n.Kind, n)
			}
			if k.Policy && !k.Complete {
				t.Errorf("%s: a field of a policy that is not known must not be ignored", n.Kind)
			}
		}
	}
	for i := range reflect.TypeFor[kube.Objects]().NumField() {
		f := reflect.TypeFor[kube.Objects]().Field(i)
		if f.Type.Kind() == reflect.Slice && !listed[f.Type.Elem().Name()] {
			t.Errorf("no row is about Objects.%s", f.Name)
		}
	}
}
