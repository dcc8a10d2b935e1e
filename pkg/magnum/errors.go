package magnum

import (
	"fmt"
	"net/http"
	"strings"
)

// Place names where a client looks, for error messages. Empty fields
// are left out.
type Place struct{ Project, Region string }

// NotFound is a cluster or template that the project does not have, or that
// belongs to somebody else: Magnum does not tell these apart.
type NotFound struct {
	What, Ref string
	Place     Place
	Near      []string // names in the project that look alike
}

func (e *NotFound) Error() string {
	return fmt.Sprintf("%s %q not found%s", e.What, e.Ref, e.Place.phrase())
}

func (p Place) phrase() string {
	switch {
	case p.Project != "" && p.Region != "":
		return fmt.Sprintf(" in project %q, region %q", p.Project, p.Region)
	case p.Project != "":
		return fmt.Sprintf(" in project %q", p.Project)
	case p.Region != "":
		return fmt.Sprintf(" in region %q", p.Region)
	}
	return ""
}

// Ambiguous is a name that several clusters carry.
type Ambiguous struct {
	Ref      string
	Clusters []Cluster // those of that name; empty when they could not be listed
}

func (e *Ambiguous) Error() string {
	if len(e.Clusters) == 0 {
		return fmt.Sprintf("several clusters are called %q", e.Ref)
	}
	each := make([]string, len(e.Clusters))
	for i, c := range e.Clusters {
		each[i] = fmt.Sprintf("%s (%s, created %s)", c.UUID, c.Status, c.Created())
	}
	return fmt.Sprintf("%d clusters are called %q: %s", len(e.Clusters), e.Ref, strings.Join(each, ", "))
}

// Forbidden is a request that the cloud's policy refuses to this user.
type Forbidden struct{ Detail string }

func (e *Forbidden) Error() string { return "not allowed: " + e.Detail }

// NotYours is a cluster whose certificates belong to somebody else: Magnum
// hands them to the cluster's creator only, Catalyst Cloud to k8s_admin.
type NotYours struct{ Ref string }

func (e *NotYours) Error() string {
	return fmt.Sprintf("you may not fetch certificates for cluster %q: only the user who created it may "+
		"(on Catalyst Cloud: anybody with the role k8s_admin)", e.Ref)
}

// NoCertificates is a cluster for which Magnum holds no key pair.
type NoCertificates struct{ Ref string }

func (e *NoCertificates) Error() string {
	return fmt.Sprintf("cluster %q has no certificates: it is still being created, its creation failed, "+
		"or its template has TLS disabled", e.Ref)
}

// Unauthorized is a token that Magnum does not accept (any more).
type Unauthorized struct{ Detail string }

func (e *Unauthorized) Error() string { return "Magnum refused the token: " + e.Detail }

// Unscoped is a token that belongs to no project.
type Unscoped struct{}

func (e *Unscoped) Error() string { return "the token belongs to no project, so it has no clusters" }

// TooOld is a Magnum that does not know a request.
type TooOld struct{ Detail string }

func (e *TooOld) Error() string { return "this cloud's Magnum is too old for the request: " + e.Detail }

// Rejected is any other refusal, in Magnum's own words.
type Rejected struct {
	Status int // the HTTP status
	Detail string
}

func (e *Rejected) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("Magnum answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("Magnum refused (%d): %s", e.Status, e.Detail)
}

// Unavailable is a Magnum, or a gateway before it, that failed or could not be
// reached. It says nothing about whether a cluster exists.
type Unavailable struct {
	Endpoint  string
	Status    int    // the HTTP status; 0 when no answer came
	RequestID string // for the cloud's support
	Detail    string
	Err       error // what kept the request from being answered
}

func (e *Unavailable) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("Magnum at %q cannot be reached: %v", e.Endpoint, e.Err)
	}
	s := fmt.Sprintf("Magnum at %q failed: %d %s", e.Endpoint, e.Status, http.StatusText(e.Status))
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.RequestID != "" {
		s += " (" + e.RequestID + ")"
	}
	return s
}

func (e *Unavailable) Unwrap() error { return e.Err }

// Malformed is an answer that no Magnum gives: a login page, a cut-off body, a
// certificate that is none.
type Malformed struct {
	Reason string
	Err    error
}

func (e *Malformed) Error() string {
	s := "the answer does not come from a working Magnum: " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Malformed) Unwrap() error { return e.Err }
