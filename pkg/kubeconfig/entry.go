// Package kubeconfig adds clusters to a kubeconfig and takes them out again
// without hurting anything else in it.
//
// Two layers: Merge, Remove, List and Diff work on bytes alone; Files finds the
// files that kubectl would use and replaces them under kubectl's own lock. The
// text is edited by splicing: every byte outside the entries this program made
// stays as it was, and a result that does not prove so is refused.
package kubeconfig

// ExtensionName marks an entry as made by this program. It is the name of the
// item in the entry's "extensions" list, which clientcmd and kubectl keep.
const ExtensionName = "catalyst.cloud/kubectl-catalyst"

// Entry is one login: a context with the cluster and the user it names.
type Entry struct {
	// Context, Cluster and User are the names the entries get. Two logins to
	// one cluster may share Cluster; a User belongs to one identity. A login
	// renamed by its owner since is found by what Owner says and keeps its
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

// Owner says what an entry is for. It is kept inside the entry and holds no
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

// Replaces reports whether a login that o describes takes the place of old:
// the same identity at the same cluster, or at one that was created anew under
// its name.
func (o Owner) Replaces(old Owner) bool { return sameIdentityOrAnew(old, o) }

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

// CollisionError says that a name is taken by an entry that this login must
// not overwrite. It comes wrapped with a hint that names --context.
type CollisionError struct {
	Kind  string // "context", "cluster" or "user"
	Name  string
	Owner *Owner // who holds the name, nil when this program did not make it
}
