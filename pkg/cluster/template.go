package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// seeTemplates is where to look for a template's name.
const seeTemplates = "'kubectl catalyst template list' shows the templates"

// Template chooses among all: by UUID, by name, or by a version or its first
// parts, such as v1.35 or 1.35.6, which take the newest that is fit for use.
func Template(all []magnum.Template, ref string) (*magnum.Template, error) {
	var found []magnum.Template
	for _, t := range all {
		if t.UUID == ref {
			return &t, nil
		}
		if t.Name == ref {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return newest(all, ref)
	}
	uuids := make([]string, len(found))
	for i, t := range found {
		uuids[i] = t.UUID
	}
	return nil, clierr.Errorf("name the one you mean by its UUID: "+strings.Join(uuids, ", "), "%d templates are called %q", len(found), ref)
}

func newest(all []magnum.Template, ref string) (*magnum.Template, error) {
	wanted, ok := release.Parse(ref)
	if !ok {
		return nil, clierr.Errorf(seeTemplates, "no template is called %q", ref)
	}
	var best *magnum.Template
	for _, t := range all {
		if v, ok := TemplateVersion(&t); ok && wanted.Covers(v) && Fit(&t) && (best == nil || CompareTemplates(&t, best) > 0) {
			best = &t
		}
	}
	if best == nil {
		return nil, clierr.Errorf(seeTemplates, "no template makes Kubernetes %s%s", wanted, versions(all))
	}
	return best, nil
}

// Fit reports whether a template may be chosen by its version: it makes a
// Kubernetes with TLS and is not hidden.
func Fit(t *magnum.Template) bool {
	return !t.Hidden && !t.TLSDisabled && (t.COE == "kubernetes" || t.COE == "")
}

// CompareTemplates orders templates from old to new: by the version they make,
// then by when they were made. Those without a version come first.
func CompareTemplates(a, b *magnum.Template) int {
	v, _ := TemplateVersion(a)
	w, _ := TemplateVersion(b)
	return cmp.Or(v.Compare(w), strings.Compare(a.CreatedAt, b.CreatedAt), strings.Compare(a.Name, b.Name))
}

// versions lists the minor versions that there are templates for.
func versions(all []magnum.Template) string {
	var have []release.Version
	for _, t := range all {
		if v, ok := TemplateVersion(&t); ok && Fit(&t) {
			v.Patch = -1
			have = append(have, v)
		}
	}
	if len(have) == 0 {
		return ""
	}
	slices.SortFunc(have, release.Version.Compare)
	var names []string
	for _, v := range slices.Compact(have) {
		names = append(names, v.String())
	}
	return fmt.Sprintf("; there is %s", strings.Join(names, ", "))
}
