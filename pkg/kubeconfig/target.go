package kubeconfig

import (
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// target is an entry that will be there: an item of the file, or a new one.
type target struct {
	kind int
	name string
	old  *item // nil: new
	rec  *record
	want obj
	drop []string
}

type matcher func(have, want Owner) bool

func sameClusterOrAnew(a, b Owner) bool { return sameCluster(a, b) || madeAnew(a, b) }

func sameIdentityOrAnew(a, b Owner) bool {
	return sameUser(a, b) && sameClusterOrAnew(a, b)
}

// known finds the item of ours that a login made under name: under that name,
// or renamed by its owner since.
func (m *merger) known(kind int, name string, owner Owner, match matcher) *item {
	if it := m.sec[kind].byName[name]; it != nil {
		if it.rec != nil && match(it.rec.Owner, owner) {
			return it
		}
		return nil
	}
	for _, it := range m.sec[kind].items {
		if it.rec != nil && it.rec.Name == name && match(it.rec.Owner, owner) && owner.ClusterUUID == it.rec.ClusterUUID {
			return it
		}
	}
	return nil
}

// part finds the cluster or user of a login: the one its context names, when
// that is ours, else by name.
func (m *merger) part(kind int, name string, ctx *item, e Entry, match matcher) (*target, error) {
	if ctx != nil {
		if it := m.sec[kind].byName[m.ref(ctx, bodyKeys[kind])]; it != nil && it.rec != nil && match(it.rec.Owner, e.Owner) {
			return m.target(kind, name, it, e, match)
		}
	}
	return m.target(kind, name, m.known(kind, name, e.Owner, match), e, match)
}

// target returns the entry to write: it, or a new one called name unless that
// name is taken.
func (m *merger) target(kind int, name string, it *item, e Entry, match matcher) (*target, error) {
	for _, t := range m.targets {
		if t.kind != kind || !(t.old == it && it != nil || it == nil && t.name == name) {
			continue
		}
		if kind == contexts || !match(t.rec.Owner, e.Owner) {
			return nil, collision(kind, name, &t.rec.Owner)
		}
		return t, nil
	}
	t := &target{kind: kind, name: name, old: it, rec: &record{Owner: e.Owner, Name: name}}
	if kind == clusters {
		t.rec.Owner = e.Owner.cluster()
	}
	if it == nil {
		if other := m.sec[kind].byName[name]; other != nil {
			var owner *Owner
			if other.rec != nil {
				owner = &other.rec.Owner
			}
			return nil, collision(kind, name, owner)
		}
	} else {
		t.name = strings.Clone(it.name)
		t.rec.Restore = it.rec.Restore
	}
	m.targets = append(m.targets, t)
	return t, nil
}

func (e *CollisionError) Error() string {
	by := "an entry that this program did not make"
	if e.Owner != nil {
		by = "another login"
	}
	return "the " + e.Kind + " name " + quote(e.Name) + " is taken by " + by
}

func collision(kind int, name string, owner *Owner) error {
	hint := "choose another name with --context NAME"
	if owner != nil {
		hint += ", or log out of the other one first"
	}
	taken := &CollisionError{Kind: bodyKeys[kind], Name: name}
	if owner != nil {
		o := owner.public()
		taken.Owner = &o
	}
	return clierr.WithHint(taken, hint)
}
