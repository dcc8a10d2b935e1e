package kubeconfig

import "strings"

// extensionName marks an entry as made by this program. It is the name of the
// item in the entry's "extensions" list, which clientcmd and kubectl keep.
const extensionName = "catalyst.cloud/kubectl-catalyst"

// Entry is one login: a context with the cluster and the user it names.
type Entry struct {
	// Context, Cluster and User are the names the entries get. Two logins to
	// one cluster may share Cluster; a User belongs to one identity. A login
	// renamed by its owner since is found by its Owner and keeps its
	// names; Merge returns the names as they are in the file.
	Context, Cluster, User string

	Server string // URL of the API server
	// TLSServerName, ProxyURL and Namespace are written when set; when empty
	// what the user put there stays.
	TLSServerName, ProxyURL, Namespace string
	NoProxy                            bool   // take out a proxy-url that is there
	CAData                             []byte // PEM; empty: the system's roots

	// The credential: Exec, or Token, or ClientCert and ClientKey (PEM), or
	// Username and Password. What an earlier login wrote for another kind of
	// credential is taken out.
	Exec                  *Exec
	Token                 string
	ClientCert, ClientKey []byte
	Username, Password    string

	Owner Owner
}

// Exec is an exec credential plugin, written for
// client.authentication.k8s.io/v1 unless APIVersion says otherwise.
type Exec struct {
	Command            string
	Args               []string
	Env                []EnvVar // nil: the environment the user added stays
	InstallHint        string
	ProvideClusterInfo bool
	APIVersion         string // "": client.authentication.k8s.io/v1
	InteractiveMode    string // "": IfAvailable
}

// EnvVar is one variable set for an exec plugin.
type EnvVar struct{ Name, Value string }

// Owner identifies what an entry is for. It is stored in the entry and holds no
// secret. Two entries are the same identity on the same cluster when
// ClusterUUID, AuthURL, ProjectID, user and application credential agree.
type Owner struct {
	ClusterUUID, ClusterName string
	ProjectID, ProjectName   string
	Region, Cloud, AuthURL   string
	Auth                     string // "keystone" or "certificate"
	User, UserDomain         string // the Keystone user
	AppCredID                string // the application credential it signed in with, if any
}

// fields pairs the names in the file with the fields of an owner.
func (o *Owner) fields() []struct {
	name string
	p    *string
} {
	return []struct {
		name string
		p    *string
	}{
		{"cluster-uuid", &o.ClusterUUID}, {"cluster-name", &o.ClusterName},
		{"project-id", &o.ProjectID}, {"project-name", &o.ProjectName},
		{"region", &o.Region}, {"cloud", &o.Cloud}, {"auth-url", &o.AuthURL},
		{"auth", &o.Auth}, {"user", &o.User}, {"user-domain", &o.UserDomain},
		{"application-credential-id", &o.AppCredID},
	}
}

// Owned is a login as it is in the file. Context is "" when only the cluster or
// the user is left of it, Cluster or User "" when that one is gone.
type Owned struct {
	Owner
	Context, Cluster, User string
	Server                 string
	ProxyURL               string
	TLSServerName          string
	CAData                 []byte
	Namespace              string
	ExecArgs               []string // of the exec entry, nil without one
	Current                bool     // it is the file's current-context
	Path                   string   // the file, where Files found it

	elsewhere map[string]string // see journal
}

// byServer begins the stand-in for the UUID of a cluster whose UUID is unknown,
// as in a kubeconfig that somebody shared: there clusters differ by their address.
const byServer = "server "

// identified returns e's owner with something in place of the UUID.
func (e Entry) identified() Owner {
	o := e.Owner
	if o.ClusterUUID == "" {
		o.ClusterUUID = byServer + e.Server
	}
	return o
}

// public returns o without a stand-in.
func (o Owner) public() Owner {
	if strings.HasPrefix(o.ClusterUUID, byServer) {
		o.ClusterUUID = ""
	}
	return o
}

// sameCluster reports whether two records are about one cluster.
func sameCluster(a, b Owner) bool { return a.ClusterUUID == b.ClusterUUID }

// withoutUser returns what identities that share a cluster's entry have in common.
func (o Owner) withoutUser() Owner {
	o.User, o.Auth = "", ""
	return o
}

// sameUser reports whether two records are about one user of a cluster.
func sameUser(a, b Owner) bool {
	return a.AuthURL == b.AuthURL && a.ProjectID == b.ProjectID &&
		a.User == b.User && a.UserDomain == b.UserDomain && a.AppCredID == b.AppCredID
}

// madeAnew reports whether b is a's cluster deleted and created again.
func madeAnew(a, b Owner) bool {
	return a.ClusterUUID != b.ClusterUUID && a.ClusterName != "" && a.ClusterName == b.ClusterName &&
		a.ProjectID == b.ProjectID && a.Region == b.Region && a.AuthURL == b.AuthURL
}

// matcher reports whether an entry of ours is the one that a login asks for.
type matcher func(ours, asked Owner) bool

func sameClusterOrAnew(a, b Owner) bool { return sameCluster(a, b) || madeAnew(a, b) }

func sameIdentityOrAnew(a, b Owner) bool {
	return sameUser(a, b) && sameClusterOrAnew(a, b)
}

// Replaces reports whether a login that o describes takes the place of old:
// the same identity at the same cluster, or at one that was created anew under
// its name.
func (o Owner) Replaces(old Owner) bool { return sameIdentityOrAnew(old, o) }
