package login

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Auto stands for the mode that suits the cluster: Keystone where its API
// server asks Keystone about tokens, else a certificate.
const Auto credential.Mode = "auto"

// Options say what to log in to, and how. A field that is not set is what the
// command line does without its flag.
type Options struct {
	Clusters []string // names or UUIDs
	All      bool     // every cluster of the project
	FromFile string   // a kubeconfig that somebody shared, instead of asking OpenStack; "-" is Host.In

	Auth            credential.Mode // "" is Auto
	Embed           bool            // write the credential itself
	Context         string
	ContextTemplate string
	Namespace       string
	NoUse           bool // leave the current context
	Wait            bool // for clusters that are being created

	Server        string
	ProxyURL      string
	TLSServerName string
	Bastion       route.Bastion
	Fingerprints  []string // that the CAs must have
	NoCheck       bool     // do not contact the API server

	Kubeconfig     string // to merge into; "" is the one that kubectl uses
	OutputFile     string // a stand-alone kubeconfig to write instead; "-" is Host.Out
	DryRun         bool   // show on Host.Out what would change
	RequestTimeout time.Duration

	Host
}

// Host holds what a login needs of the program that it is part of.
type Host struct {
	In      io.Reader
	Out     io.Writer
	ErrOut  io.Writer
	Getenv  func(string) string
	Now     func() time.Time
	SignIn  func(context.Context) (*Session, error)
	Cache   func() *store.Store // the private cache; nil where nothing is cached
	Tunnels *route.Tunnels
	Ask     func(ctx context.Context, question string) (string, error) // nil: nobody can be asked
	Display Display
}

// Session is a user who has signed in to OpenStack, and their Magnum.
type Session struct {
	*cloud.Session
	Cloud  string // name in clouds.yaml
	Magnum *magnum.Client
}

// Display shows a person what a login does.
type Display interface {
	Warn(message, hint string)
	Hint(hint string)
	Progress() Progress // is closed before anything else is shown
}

// Progress shows a line for each thing that is under way.
type Progress interface {
	Line(name string) Line
	Close()
}

// Line shows the progress of one cluster.
type Line interface {
	Set(status string)
	Announce(status string) // Set, also where nobody sees lines change
	// Wait waits for the end of the creation of a cluster.
	Wait(ctx context.Context, s *Session, c *magnum.Cluster) error
}

// Result is what came of a login.
type Result struct {
	Logins []Login // that were written; none when nothing was
}

// Login is one cluster that was logged in to.
type Login struct {
	Cluster    string `json:"cluster"`
	UUID       string `json:"uuid"`
	Project    string `json:"project"`
	Region     string `json:"region"`
	Context    string `json:"context"`
	Kubeconfig string `json:"kubeconfig"`
	Auth       string `json:"auth"`
	Server     string `json:"server"`
	Changed    bool   `json:"changed"`
	Reachable  *bool  `json:"reachable"` // null when the API server was not asked
	Version    string `json:"version"`
	// CAFingerprint is what --ca-fingerprint takes: the SHA-256 of each
	// certificate of the CA.
	CAFingerprint string `json:"ca_fingerprint"`
}

// newLogin describes a login as it is in the kubeconfig.
func newLogin(w kubeconfig.Owned, server string, ca []byte) Login {
	return Login{
		Cluster: w.ClusterName, UUID: w.ClusterUUID, Project: w.ProjectName, Region: w.Region, Context: w.Context,
		Kubeconfig: w.Path, Auth: w.Auth, Server: server, CAFingerprint: fingerprints(ca),
	}
}

// fingerprints writes the SHA-256 of each certificate of a CA.
func fingerprints(ca []byte) string { return strings.Join(credential.Fingerprints(ca), ",") }

// run is one login under way.
type run struct {
	Options
	files    kubeconfig.Files
	logins   []kubeconfig.Owned // those in files already
	replaced []kubeconfig.Owned // those in the stand-alone file that is about to be replaced
	routes   route.Chooser
	changed  map[string]bool // files that were replaced
}

// clusterLogin is one cluster on its way into the kubeconfig.
type clusterLogin struct {
	*access
	args    ExecArgs
	entry   kubeconfig.Entry
	choice  route.Choice
	name    string // what the context should be called
	ref     credential.Ref
	trial   trial
	written kubeconfig.Owned // as it is in the kubeconfig
	result  Login
}

// checkFingerprints compares the CAs of logins with those that were asked for.
func checkFingerprints[T any](fingerprints []string, logins []T, ca func(T) []byte) error {
	if len(fingerprints) == 0 {
		return nil
	}
	cas := make([][]byte, len(logins))
	for i, l := range logins {
		cas[i] = ca(l)
	}
	return credential.Pins(fingerprints).Check(cas...)
}
