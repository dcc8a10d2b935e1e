package login

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver/address"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
)

// askForFile is the next step after a file that cannot be used.
const (
	askForFile = "ask for a file made with " + makesFile
	makesFile  = "'kubectl catalyst login CLUSTER --output-kubeconfig FILE'"
)

// sharedLogin is one context of a file that somebody shared, reduced to what a
// login needs. Whoever wrote the file may want it to run a program, or to send
// what the reader has somewhere: what is not understood is refused.
type sharedLogin struct {
	kubeconfig.Entry
	args ExecArgs // of the exec entry; the zero value where the file brings the credential itself
}

// runsProgram reports whether kubectl will call this program for the credential.
func (l *sharedLogin) runsProgram() bool { return l.Exec != nil }

// readSharedLogin takes from an entry what a login needs.
func readSharedLogin(e kubeconfig.Entry) (*sharedLogin, error) {
	l := &sharedLogin{Entry: e}
	for _, read := range []func() error{l.checkWords, l.readServer, l.readProxy, l.readCA, l.readExec, l.readOwner} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("context %q: %w", e.Context, err)
		}
	}
	return l, nil
}

// checkWords refuses names that a person cannot read as they are.
func (l *sharedLogin) checkWords() error {
	o := &l.Owner
	for _, w := range []string{l.Context, l.Cluster, l.User, l.Namespace, o.ClusterName, o.ProjectID, o.ProjectName, o.Region, o.User, o.UserDomain, o.AppCredID} {
		if err := checkWord(w); err != nil {
			return err
		}
	}
	return nil
}

// maxWord is the longest name that Magnum and Keystone accept.
const maxWord = 255

func checkWord(w string) error {
	if len(w) > maxWord || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return fmt.Errorf("%.60q is not a name that can be read: it is too long or holds invisible characters", w)
	}
	return nil
}

func (l *sharedLogin) readServer() error {
	if _, err := address.Parse(l.Server); err != nil {
		return fmt.Errorf("the server %.100q is not an https URL of an API server: %w", l.Server, err)
	}
	if l.TLSServerName == "" {
		return nil
	}
	if u, err := address.Parse("https://" + l.TLSServerName); err != nil || u.Host != l.TLSServerName {
		return fmt.Errorf("the tls-server-name %.100q is not a host", l.TLSServerName)
	}
	return nil
}

// readProxy refuses a proxy that is not a plain address. A good one sees only
// encrypted bytes: TLS is verified with the CA behind it.
func (l *sharedLogin) readProxy() error {
	if l.ProxyURL == "" {
		return nil
	}
	u, err := url.Parse(l.ProxyURL)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return errors.New("the proxy-url is not a URL that begins with http://, https:// or socks5://")
	}
	if u.User != nil {
		return errors.New("the proxy-url names a user")
	}
	if at, err := address.Parse("https://" + u.Host); err != nil || at.Host != u.Host || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return errors.New("the proxy-url is not the address of a proxy")
	}
	return nil
}

func (l *sharedLogin) readCA() (err error) {
	if len(l.CAData) == 0 && !l.runsProgram() {
		return nil // the system's roots vouch for the server, and the credential is the file's own
	}
	l.CAData, err = credential.ReadCA(l.CAData)
	return err
}

// readExec takes the arguments of an entry that calls this program. The entry
// itself is written anew.
func (l *sharedLogin) readExec() error {
	x := l.Exec
	switch {
	case x == nil:
		return nil
	case x.Command != Program:
		return clierr.Errorf("have the file made with "+makesFile+"; if you trust the program, name the file in KUBECONFIG instead",
			"its exec entry runs the command %.100q, not %s", x.Command, Program)
	case len(x.Env) > 0:
		return fmt.Errorf("its exec entry sets the variable %.100q (env)", x.Env[0].Name)
	case x.InstallHint != "" && x.InstallHint != installHint:
		return errors.New("its exec entry has an installHint that is not ours")
	case x.APIVersion != "" && x.APIVersion != credential.APIVersion:
		return fmt.Errorf("its exec entry has the apiVersion %.100q, not %s", x.APIVersion, credential.APIVersion)
	case x.InteractiveMode != "" && x.InteractiveMode != "IfAvailable":
		return fmt.Errorf("its exec entry has the interactiveMode %.100q, not IfAvailable", x.InteractiveMode)
	case len(x.Args) == 0 || x.Args[0] != "credential":
		return fmt.Errorf("its exec entry has the arguments %.100q, which do not begin with credential", x.Args[:min(1, len(x.Args))])
	}
	if err := l.args.parse(x.Args[1:]); err != nil {
		return err
	}
	return l.checkArgs()
}

// parse reads the arguments that Exec writes, and no others. The name of the cloud
// is dropped: it is one of the sender's clouds.yaml.
func (a *ExecArgs) parse(args []string) error {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	a.Bind(fs)
	fs.StringVar(&a.Region, "os-region-name", "", "")
	fs.String("os-cloud", "", "")
	if err := fs.Parse(args); err != nil {
		return fmt.Errorf("its exec entry has an argument that is not for here: %.200s", err.Error())
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("its exec entry has the argument %.100q, which is not for here", fs.Arg(0))
	}
	return nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (l *sharedLogin) checkArgs() error {
	a := &l.args
	if !uuidForm.MatchString(a.Cluster) {
		return fmt.Errorf("its exec entry has --cluster=%.100q, which is not the UUID of a cluster", a.Cluster)
	}
	if a.Mode != credential.ModeKeystone && a.Mode != credential.ModeCertificate {
		return fmt.Errorf("its exec entry has --auth=%.100q, which is neither keystone nor certificate", a.Mode)
	}
	for _, w := range []string{a.Region, a.Pin.Username, a.Pin.UserDomainName, a.Pin.ProjectID, a.Pin.AppCredID} {
		if err := checkWord(w); err != nil {
			return err
		}
	}
	if err := checkAuthURL(a.Pin.AuthURL); err != nil {
		return err
	}
	if a.Bastion.Host == route.NoBastion {
		a.Bastion = route.Bastion{}
	}
	return a.Bastion.Check()
}

// checkAuthURL refuses an address of Keystone that is not a plain URL. Where it
// leads is for the person to see.
func checkAuthURL(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := address.Parse(raw)
	if errors.Is(err, address.ErrNoTLS) {
		u, err = url.Parse(raw)
	}
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("the auth URL %.100q is not an http or https URL", raw)
	}
	return nil
}

// readOwner works out whose entry it is. Where the file's record and its exec entry
// disagree, one of them deceives.
func (l *sharedLogin) readOwner() error {
	o, a := l.Owner, &l.args
	o.Cloud = ""
	if err := checkAuthURL(o.AuthURL); err != nil {
		return err
	}
	if o.ClusterUUID != "" && !uuidForm.MatchString(o.ClusterUUID) {
		return fmt.Errorf("%.100q is not the UUID of a cluster", o.ClusterUUID)
	}
	if !l.runsProgram() {
		o.User, o.UserDomain, o.AppCredID = "", "", "" // a credential of the file's is nobody's login here
		l.Owner = o
		return nil
	}
	for _, pair := range [][3]string{
		{"cluster", o.ClusterUUID, a.Cluster}, {"way to sign in", o.Auth, string(a.Mode)}, {"region", o.Region, a.Region},
		{"auth URL", o.AuthURL, a.Pin.AuthURL}, {"project", o.ProjectID, a.Pin.ProjectID},
	} {
		if pair[1] != "" && pair[2] != "" && pair[1] != pair[2] {
			return fmt.Errorf("the file names two of one %s: %q and %q", pair[0], pair[1], pair[2])
		}
	}
	o.ClusterUUID, o.Auth, o.Region = a.Cluster, string(a.Mode), a.Region
	o.AuthURL, o.ProjectID = cmp.Or(a.Pin.AuthURL, o.AuthURL), cmp.Or(a.Pin.ProjectID, o.ProjectID)
	o.UserDomain, o.AppCredID = a.Pin.UserDomainName, a.Pin.AppCredID
	if o.AppCredID == "" { // the name behind an application credential is in the record alone
		o.User = a.Pin.Username
	}
	l.Owner = o
	return nil
}
