package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/redact"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// What a step can come to.
const (
	OK      = "ok"
	Warning = "warning" // worth knowing, and in nobody's way
	Wrong   = "wrong"
	Unknown = "unknown" // an earlier step is in the way, or nobody knows
)

// Step is one thing that was examined, in the order in which to fix them.
type Step struct {
	Name    string `json:"step"`
	Verdict string `json:"verdict"` // OK, Warning, Wrong or Unknown
	Found   string `json:"found"`
	Fix     string `json:"fix,omitempty"`
}

// Report is all steps; OK means that none is Wrong.
type Report struct {
	OK    bool   `json:"ok"`
	Steps []Step `json:"steps"`
}

// Add adds a step, without the passwords in URLs that errors repeat, and reports
// whether the way on is free.
func (r *Report) Add(s Step) bool {
	s.Found, s.Fix = redact.URLs(s.Found), redact.URLs(s.Fix)
	r.Steps = append(r.Steps, s)
	r.OK = !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Verdict == Wrong })
	return s.Verdict != Wrong
}

// Failed is a step that an error stands in the way of; its hint is the fix.
func Failed(name string, err error) Step {
	return Step{Name: name, Verdict: Wrong, Found: err.Error(), Fix: clierr.Hint(err)}
}

// Roles judges the user's roles in the project: member or _member_ may use
// Magnum, and one of k8s_admin, k8s_developer and k8s_viewer lets them into
// clusters of Catalyst Cloud; elsewhere these do not exist.
func Roles(roles []string) Step {
	s := Step{Name: "roles", Verdict: OK, Found: strings.Join(roles, ", ")}
	has := func(names ...string) bool {
		return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(names, r) })
	}
	switch {
	case len(roles) == 0:
		s.Verdict, s.Found = Unknown, "Keystone does not tell"
	case !has("k8s_admin", "k8s_developer", "k8s_viewer"):
		s.Verdict = Warning
		s.Fix = "on Catalyst Cloud ask an administrator of the project for k8s_admin, k8s_developer or k8s_viewer: without one clusters let nobody in"
	case !has("k8s_admin", "member", "_member_", "admin"):
		s.Verdict = Warning
		s.Fix = "to fetch a kubeconfig k8s_admin is needed; until then use the file that 'kubectl catalyst login --output-kubeconfig' makes for you"
	}
	return s
}

// State judges a cluster's status and health.
func State(c *magnum.Cluster) Step {
	s := Step{Name: "cluster state", Verdict: OK, Found: c.Status}
	if c.HealthStatus != "" {
		s.Found += ", " + c.HealthStatus
	}
	unusable := c.Usable()
	switch {
	case unusable != nil:
		s.Verdict, s.Found, s.Fix = Wrong, unusable.Error(), clierr.Hint(unusable)
	case c.Failed():
		s.Verdict, s.Found = Warning, s.Found+": "+c.StatusReason
		s.Fix = fmt.Sprintf("'kubectl catalyst cluster resize %s --nodes %d' heals it, or ask the support with 'openstack-coe-helper support %s'", c.Name, c.NodeCount, c.Name)
	case c.HealthStatus == "UNHEALTHY":
		s.Verdict = Warning
		s.Fix = fmt.Sprintf("see health_status_reason in 'kubectl catalyst cluster show %s'", c.Name)
	case c.Busy():
		s.Verdict, s.Fix = Warning, fmt.Sprintf("'kubectl catalyst cluster wait %s' shows how it goes", c.Name)
	}
	return s
}

// Owner judges whose credential a cluster uses for load balancers, volumes and scaling:
// that of the user who created it, or who last gave it a new one.
func Owner(c *magnum.Cluster, userID, user string) Step {
	s := Step{Name: "owner", Verdict: OK, Found: "the cluster uses a credential of yours (" + user + ")"}
	switch {
	case c.UserID == "":
		s.Verdict, s.Found = Unknown, "Magnum does not tell whose credential the cluster uses"
	case c.UserID != userID:
		s.Verdict, s.Found = Warning, fmt.Sprintf("the cluster was created by another user (%s), and uses a credential of theirs unless it was given another one", c.UserID)
		s.Fix = fmt.Sprintf("when that user leaves, load balancers, volumes and scaling stop: then 'kubectl catalyst cluster rotate-credential %s' makes it yours", c.Name)
	}
	return s
}

// Login is an entry of a kubeconfig for a cluster.
type Login struct {
	Context, Server string
	CAMatches       bool
}

// Entry judges the logins to a cluster: there is one, and its values are those of
// Magnum. An address that was given by hand may differ.
func Entry(c *magnum.Cluster, logins []Login) Step {
	s := Step{Name: "kubeconfig"}
	again := fmt.Sprintf("kubectl catalyst login %s", c.Name)
	if len(logins) == 0 {
		s.Verdict, s.Found, s.Fix = Wrong, "there is no login to the cluster", again
		return s
	}
	var contexts []string
	for _, l := range logins {
		contexts = append(contexts, l.Context)
		if !l.CAMatches {
			s.Verdict, s.Found, s.Fix = Wrong, fmt.Sprintf("context %q has another CA than the cluster", l.Context), again+" --context "+l.Context
			return s
		}
	}
	s.Verdict, s.Found = OK, "context "+strings.Join(contexts, ", ")
	for _, l := range logins {
		if strings.TrimSuffix(l.Server, "/") != strings.TrimSuffix(c.APIAddress, "/") {
			s.Verdict, s.Found = Warning, fmt.Sprintf("context %q leads to %s, the cluster is at %s", l.Context, l.Server, c.APIAddress)
			s.Fix = "when that address was not given on purpose: " + again
		}
	}
	return s
}

// Reach judges how an API server answered: with its version, or an error of
// pkg/apiserver that names DNS, network, TLS or CA.
func Reach(version string, err error) Step {
	s := Step{Name: "API server", Verdict: OK, Found: "Kubernetes " + version}
	if err == nil {
		return s
	}
	s = Failed(s.Name, err)
	var e *apiserver.Error
	if errors.As(err, &e) {
		s.Found, s.Fix = string(e.Kind)+": "+e.Error(), e.Hint()
	}
	return s
}

// Right is something that one may do in a cluster, or not.
type Right struct {
	Verb, Group, Resource string
	Allowed               bool
}

// Rights judges whom the API server takes the user for, and what they may do:
// a warning where that is nothing at all.
func Rights(user string, rights []Right, err error) Step {
	if err != nil {
		return Reach("", err).named("identity")
	}
	s := Step{Name: "identity", Verdict: OK}
	var may, mayNot []string
	for _, r := range rights {
		if what := r.Verb + " " + r.Resource; r.Allowed {
			may = append(may, what)
		} else {
			mayNot = append(mayNot, what)
		}
	}
	s.Found = user
	if len(may) > 0 {
		s.Found += " may " + strings.Join(may, ", ")
	}
	if len(mayNot) > 0 {
		s.Found += "; may not " + strings.Join(mayNot, ", ")
	}
	if len(may) == 0 && len(mayNot) > 0 {
		s.Verdict, s.Fix = Warning, "ask an administrator of the project for the role k8s_viewer, k8s_developer or k8s_admin"
	}
	return s
}

func (s Step) named(name string) Step {
	s.Name = name
	return s
}

// Skew judges the kubectl in PATH against the API server's version.
func Skew(kubectl release.Version, known bool, server string) Step {
	s := Step{Name: "kubectl", Verdict: Unknown, Found: "its version is not known", Fix: "install kubectl: https://kubernetes.io/docs/tasks/tools/"}
	if !known {
		return s
	}
	s.Found, s.Fix, s.Verdict = kubectl.String(), "", OK
	if v, ok := release.Parse(server); ok {
		if why := release.Skew(kubectl, v); why != "" {
			s.Verdict, s.Found, s.Fix = Wrong, why, fmt.Sprintf("install kubectl v%d.%d", v.Major, v.Minor)
		}
	}
	return s
}

// Supported judges the cluster's version by what the cloud makes clusters from:
// one that is older than all of these has been given up.
func Supported(c *magnum.Cluster, templates []magnum.Template) Step {
	s := Step{Name: "Kubernetes version", Verdict: Unknown, Found: "not known"}
	v, ok := cluster.Version(c)
	if !ok {
		return s
	}
	s.Found = v.String()
	v.Patch = -1
	for _, t := range templates {
		made, ok := cluster.TemplateVersion(&t)
		if made.Patch = -1; ok && cluster.Fit(&t) && made.Compare(v) <= 0 {
			s.Verdict = OK
			return s
		}
	}
	if len(templates) > 0 {
		s.Verdict, s.Fix = Warning, "the cloud makes no clusters of this version any more; see 'kubectl catalyst template list --cluster "+c.Name+"'"
	}
	return s
}
