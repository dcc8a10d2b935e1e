package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// What an Event is about.
const (
	State  = "state"  // what is known of the cluster has changed
	Away   = "away"   // the cloud does not answer; it is asked again
	Back   = "back"   // the cloud answers again
	Done   = "done"   // the operation has succeeded
	Failed = "failed" // it has not
)

// Event is one report of Wait on its way. Its JSON is one of the events that
// `cluster wait -o json` prints.
type Event struct {
	Time         time.Time         `json:"time"`
	Type         string            `json:"type"` // State, Away, Back, Done or Failed
	Cluster      string            `json:"cluster"`
	UUID         string            `json:"uuid"`
	Status       string            `json:"status"`
	StatusReason string            `json:"status_reason,omitempty"`
	Health       string            `json:"health_status,omitempty"`
	HealthReason map[string]string `json:"health_status_reason,omitempty"`
	Masters      Count             `json:"masters"`
	Nodes        Count             `json:"nodes"`
	API          string            `json:"api_version,omitempty"` // the version that the API server itself has answered with
	Groups       []Group           `json:"node_groups,omitempty"`
	Elapsed      int               `json:"elapsed_seconds"`            // since the operation began
	Estimate     int               `json:"estimate_seconds,omitempty"` // how long it takes in all; 0 when nobody knows
	Message      string            `json:"message,omitempty"`          // why the cloud is away, or why the API server did not answer to the end
}

// Count is how many machines are up, of how many there will be.
type Count struct {
	Up  int `json:"up"`
	All int `json:"all"`
}

func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Up, c.All) }

// Group is a node group as far as waiting for it goes.
type Group struct {
	Name   string `json:"name"`
	Role   string `json:"role"`
	Nodes  int    `json:"node_count"`
	Status string `json:"status"`
}

// readCluster notes what Magnum says of the cluster.
func (e *Event) readCluster(c *magnum.Cluster) {
	e.UUID, e.Status, e.StatusReason, e.Health = c.UUID, c.Status, c.StatusReason, c.HealthStatus
	if c.Name != "" {
		e.Cluster = c.Name
	}
	e.HealthReason = map[string]string{}
	for name, value := range c.HealthStatusReason {
		e.HealthReason[name] = fmt.Sprint(value)
	}
	e.Masters = Count{len(c.MasterAddresses), c.MasterCount}
	e.Nodes = Count{len(c.NodeAddresses), c.NodeCount}
	if len(c.MasterAddresses)+len(c.NodeAddresses) == 0 {
		e.countByGroups()
	}
}

// countByGroups counts machines where the driver never lists addresses, as those of
// Cluster API: a group that is complete has all of its machines.
func (e *Event) countByGroups() {
	if strings.HasSuffix(e.Status, "_COMPLETE") {
		e.Masters.Up, e.Nodes.Up = e.Masters.All, e.Nodes.All
		return
	}
	for _, g := range e.Groups {
		count := &e.Nodes
		if g.Role == "master" {
			count = &e.Masters
		}
		if strings.HasSuffix(g.Status, "_COMPLETE") {
			count.Up = min(count.Up+g.Nodes, count.All)
		}
	}
}

// readGroups notes the states of the node groups.
func (e *Event) readGroups(groups []magnum.NodeGroup) {
	e.Groups = nil
	for _, g := range groups {
		e.Groups = append(e.Groups, Group{Name: g.Name, Role: g.Role, Nodes: g.NodeCount, Status: g.Status})
	}
}

// same reports whether two events describe the same state of the cluster.
func (e *Event) same(o *Event) bool {
	return e.Status == o.Status && e.StatusReason == o.StatusReason && e.Health == o.Health &&
		maps.Equal(e.HealthReason, o.HealthReason) && e.Masters == o.Masters && e.Nodes == o.Nodes && e.API == o.API && slices.Equal(e.Groups, o.Groups)
}

// String is the event on one line, without the cluster's name.
func (e *Event) String() string {
	if e.Type == Away {
		return "the cloud does not answer, asking again: " + e.Message
	}
	parts := []string{e.Status}
	if e.Status == "" {
		parts[0] = "waiting for Magnum to begin"
	} else {
		parts = append(parts, "masters "+e.Masters.String(), "nodes "+e.Nodes.String())
	}
	for _, s := range []string{e.APIText(), e.GroupsText(), e.HealthText(), e.StatusReason} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// APIText is what is known of the API server before the operation has ended.
func (e *Event) APIText() string {
	if e.API == "" || strings.HasSuffix(e.Status, "_COMPLETE") {
		return ""
	}
	return "the API server answers already (" + e.API + ")"
}

// HealthText is the health and what is behind it; "" when nobody knows yet.
func (e *Event) HealthText() string {
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(e.HealthReason)) {
		reasons = append(reasons, name+"="+e.HealthReason[name])
	}
	text := strings.Join(reasons, " ")
	switch {
	case e.Health == "":
		return text
	case text == "":
		return "health " + e.Health
	}
	return "health " + e.Health + " (" + text + ")"
}

// GroupsText names the node groups that are not in the state of the cluster.
func (e *Event) GroupsText() string {
	var groups []string
	for _, g := range e.Groups {
		if g.Status != e.Status && g.Status != "" {
			groups = append(groups, g.Name+" "+g.Status)
		}
	}
	return strings.Join(groups, ", ")
}
