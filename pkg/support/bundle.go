package support

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Bundle is the collected material. Its JSON form is an object with the manifest
// first and then one field for each part.
type Bundle struct {
	created time.Time
	build   any
	cluster string
	place   Place

	mu       sync.Mutex
	parts    []part
	manifest Manifest
}

// Manifest lists what a bundle holds.
type Manifest struct {
	Created string       `json:"created"` // RFC 3339
	Cluster string       `json:"cluster"` // as it was asked for
	Place   Place        `json:"openstack"`
	Program any          `json:"program"`
	Parts   []PartStatus `json:"parts"`
	Removed []removal    `json:"removed"` // places from which secrets were taken
}

// PartStatus is one part's line in the manifest.
type PartStatus struct {
	Name   string `json:"name"`
	Status string `json:"status"` // collected, failed or left out
	Why    string `json:"why,omitempty"`
}

// The three things that can have happened to a part.
const (
	Collected = "collected"
	Failed    = "failed"
	LeftOut   = "left out"
)

// Place is where the cluster was looked for; it is part of the manifest.
type Place struct {
	AuthURL   string `json:"auth_url"`
	Region    string `json:"region"`
	Interface string `json:"interface"`
	Method    string `json:"sign_in"` // how, not with what
}

// leftOut is a reason not to collect a part that is nobody's fault.
type leftOut string

func (l leftOut) Error() string { return string(l) }

// isLeftOut reports whether err is a reason to leave a part out rather than a failure.
func isLeftOut(err error) bool {
	var reason leftOut
	return errors.As(err, &reason)
}

type part struct {
	name   string
	status string
	why    string
	value  any // as collected; a tree without secrets once the bundle is closed
}

// order is the order in which readers of tickets ask.
func order() []string {
	return []string{"cluster", "health", "timeline", "nodegroups", "template", "network", "kubernetes", "check", "clients"}
}

// titles of the parts, for people.
func title(name string) string {
	return map[string]string{
		"cluster": "Cluster, as `openstack coe cluster show -f json` prints it", "health": "Status and health",
		"timeline": "Timeline", "nodegroups": "Node groups", "template": "Template", "network": "API server, seen from here",
		"kubernetes": "Kubernetes", "check": "Check of the OpenStack client", "clients": "Programs involved",
	}[name]
}

// add records a part, or why it is not there.
func (b *Bundle) add(name string, value any, err error) {
	p := part{name: name, status: Collected, value: value}
	if err != nil {
		p = part{name: name, status: Failed, why: err.Error()}
		if isLeftOut(err) {
			p.status = LeftOut
		}
		if h := clierr.Hint(err); h != "" {
			p.why += " (" + h + ")"
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts = append(b.parts, p)
}

// data returns what was collected under name, nil when it was not.
func (b *Bundle) data(name string) any {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.parts {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

// close takes the secrets out of everything and writes the manifest. Nothing
// leaves a bundle before.
func (b *Bundle) close(secrets []string, clusterErr error) error {
	for _, name := range order() {
		if b.data(name) == nil && !slices.ContainsFunc(b.parts, func(p part) bool { return p.name == name }) {
			b.add(name, nil, leftOut("the cluster could not be read"))
		}
	}
	slices.SortFunc(b.parts, func(x, y part) int {
		return slices.Index(order(), x.name) - slices.Index(order(), y.name)
	})
	s := newScrubber(secrets)
	m := Manifest{Created: b.created.Format(time.RFC3339), Program: b.build, Removed: []removal{}}
	m.Cluster = s.text("manifest.cluster", b.cluster)
	m.Place = b.place
	m.Place.AuthURL = s.text("manifest.openstack.auth_url", b.place.AuthURL)
	for i, p := range b.parts {
		value, err := tree(p.value)
		if err != nil {
			return fmt.Errorf("arranging %s: %w", p.name, err)
		}
		b.parts[i].value = s.scrub(p.name, value)
		b.parts[i].why = s.text(p.name, p.why)
		m.Parts = append(m.Parts, PartStatus{p.name, p.status, b.parts[i].why})
	}
	m.Removed = append(m.Removed, s.removals...)
	b.manifest = m
	return clusterErr
}

// Manifest returns what the bundle holds.
func (b *Bundle) Manifest() Manifest { return b.manifest }

// MarshalJSON writes the manifest and the parts, null for those not collected.
func (b *Bundle) MarshalJSON() ([]byte, error) {
	all := fields{{"manifest", b.manifest}}
	for _, p := range b.parts {
		all = append(all, field{p.name, p.value})
	}
	return json.Marshal(all)
}
