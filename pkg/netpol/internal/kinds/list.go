package kinds

import (
	"bytes"
	"encoding/json"
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// List is the list that holds the objects of a kind, in whichever Objects.
type List interface {
	// Add appends an object without content and returns it; it is valid until the
	// next one is added.
	Add(*kube.Objects) kube.Object
	// RemoveLast takes the last object away.
	RemoveLast(*kube.Objects)
	// Reserve makes room for the objects of several parts.
	Reserve(to *kube.Objects, parts iter.Seq[*kube.Objects])
	// Join appends the objects of from to those of to.
	Join(to, from *kube.Objects)
	// Objects yields the objects.
	Objects(*kube.Objects) iter.Seq[kube.Object]
	// DropRepeated leaves objects out that say the same a second time: manifests of
	// one namespace often carry the Namespace along. Two that differ stay, and are
	// refused by whoever evaluates them.
	DropRepeated(*kube.Objects)
	// Apply puts into to what is there after files have been applied to a cluster.
	Apply(to, cluster, files *kube.Objects)

	rules(*kube.Objects, convert.Options) iter.Seq[convert.Policy]
}

// pointer is a pointer to an object of a list.
type pointer[T any] interface {
	*T
	kube.Object
}

type list[T any] struct {
	get     func(*kube.Objects) []T
	set     func(*kube.Objects, []T)
	object  func(*T) kube.Object
	same    func(a, b *T) bool // whether one repeats the other; nil: nothing is left out
	replace func(old, by []T) []T
	convert func(*T, convert.Options) convert.Policy
}

// listOf is the list in a field of Objects.
func listOf[T any, P pointer[T]](of func(*kube.Objects) *[]T) *list[T] {
	l := otherList[T, P]()
	l.get = func(o *kube.Objects) []T { return *of(o) }
	l.set = func(o *kube.Objects, all []T) { *of(o) = all }
	return l
}

// otherList is the list of objects that have no field in Objects.
func otherList[T any, P pointer[T]]() *list[T] {
	l := &list[T]{get: kube.ListOf[T], set: kube.SetList[T], same: sameContent[T], object: func(p *T) kube.Object { return P(p) }}
	l.replace = l.replaceByName
	return l
}

// comparedBy sets how repeats are recognised; without it, all that they say is
// compared.
func (l *list[T]) comparedBy(same func(a, b *T) bool) *list[T] {
	l.same = same
	return l
}

// replacedBy sets which objects of a cluster give way to those of files; without
// it, those of the same name.
func (l *list[T]) replacedBy(replace func(old, by []T) []T) *list[T] {
	l.replace = replace
	return l
}

// unmerged says that no comparison of two states looks at the objects: repeats
// stay, and so do the cluster's.
func (l *list[T]) unmerged() *list[T] {
	l.same, l.replace = nil, func(old, _ []T) []T { return old }
	return l
}

// convertedBy sets what turns a policy into rules.
func (l *list[T]) convertedBy(c func(*T, convert.Options) convert.Policy) *list[T] {
	l.convert = c
	return l
}

func (l *list[T]) Add(o *kube.Objects) kube.Object {
	var zero T
	all := append(l.get(o), zero)
	l.set(o, all)
	return l.object(&all[len(all)-1])
}

func (l *list[T]) RemoveLast(o *kube.Objects) {
	all := l.get(o)
	l.set(o, all[:len(all)-1])
}

func (l *list[T]) Reserve(to *kube.Objects, parts iter.Seq[*kube.Objects]) {
	n := 0
	for p := range parts {
		n += len(l.get(p))
	}
	if n > 0 {
		l.set(to, make([]T, 0, n))
	}
}

func (l *list[T]) Join(to, from *kube.Objects) {
	if all := l.get(from); len(all) > 0 {
		l.set(to, append(l.get(to), all...))
	}
}

func (l *list[T]) Objects(o *kube.Objects) iter.Seq[kube.Object] {
	return func(yield func(kube.Object) bool) {
		all := l.get(o)
		for i := range all {
			if !yield(l.object(&all[i])) {
				return
			}
		}
	}
}

func (l *list[T]) DropRepeated(o *kube.Objects) {
	all := l.get(o)
	if l.same == nil || len(all) < 2 {
		return
	}
	first := make(map[kube.Ref]int, len(all))
	var out []T // nil as long as nothing is left out
	for i := range all {
		ref := l.object(&all[i]).Ref()
		at, seen := first[ref]
		if !seen {
			first[ref] = i
		}
		switch {
		case seen && l.same(&all[at], &all[i]):
			if out == nil {
				out = append(make([]T, 0, len(all)), all[:i]...)
			}
		case out != nil:
			out = append(out, all[i])
		}
	}
	if out != nil {
		l.set(o, out)
	}
}

func (l *list[T]) Apply(to, cluster, files *kube.Objects) {
	all, by := l.get(cluster), l.get(files)
	if len(by) > 0 {
		all = l.replace(all, by)
	}
	if len(all) > 0 {
		l.set(to, all)
	}
}

func (l *list[T]) rules(o *kube.Objects, options convert.Options) iter.Seq[convert.Policy] {
	return func(yield func(convert.Policy) bool) {
		if l.convert == nil {
			return
		}
		all := l.get(o)
		for i := range all {
			if !yield(l.convert(&all[i], options)) {
				return
			}
		}
	}
}

func (l *list[T]) replaceByName(old, by []T) []T {
	names := make(map[kube.Ref]bool, len(by))
	for i := range by {
		names[l.object(&by[i]).Ref()] = true
	}
	var out []T
	for i := range old {
		if !names[l.object(&old[i]).Ref()] {
			out = append(out, old[i])
		}
	}
	return append(out, by...)
}

// sameContent compares what objects say; where they were read does not count.
func sameContent[T any](a, b *T) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// sameCalicoPolicy compares what two policies say; one may be read from the
// storage, where the default of types has been filled in.
func sameCalicoPolicy(a, b *kube.CalicoPolicy) bool {
	x, y := *a, *b
	for _, p := range []*kube.CalicoPolicy{&x, &y} {
		if len(p.Spec.Types) == 0 && !p.Stored {
			p.Spec.Types = defaultTypes(&p.Spec)
		}
		p.Meta.Annotations, p.Meta.Labels = nil, nil
	}
	return sameContent(&x, &y)
}

func defaultTypes(s *kube.CalicoPolicySpec) []string {
	switch {
	case len(s.Egress) == 0:
		return []string{"Ingress"}
	case len(s.Ingress) == 0:
		return []string{"Egress"}
	}
	return []string{"Ingress", "Egress"}
}

// replacePods replaces pods by name, and the pods of a workload by those that its
// new template makes. Labels change what a running pod may do only when the
// workload has replaced it; the diff shows the state after that.
func replacePods(old, by []kube.Pod) []kube.Pod {
	names, owners := make(map[kube.Ref]bool), make(map[kube.Ref]bool)
	for i := range by {
		names[by[i].Ref()] = true
		if o := by[i].Owner; o.Kind != "" {
			owners[o] = true
		}
	}
	var out []kube.Pod
	for i := range old {
		p := &old[i]
		if !names[p.Ref()] && (p.Owner.Kind == "" || !owners[p.Owner]) {
			out = append(out, *p)
		}
	}
	return append(out, by...)
}
