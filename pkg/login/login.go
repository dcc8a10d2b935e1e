package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/route"
)

// Run logs in: it reads the kubeconfig, signs in, asks for what the clusters need,
// writes it and checks it. A cluster that fails does not stop the others; the
// error then comes beside the result.
func Run(ctx context.Context, o Options) (Result, error) {
	r := &run{Options: o}
	if o.FromFile != "" {
		return r.importFile(ctx)
	}
	if err := r.readKubeconfig(); err != nil {
		return Result{}, err
	}
	s, err := o.SignIn(ctx)
	if err != nil {
		return Result{}, err
	}
	logins, failed, err := r.fetchAll(ctx, s)
	if err != nil {
		return Result{}, err
	}
	if len(logins) == 0 {
		return Result{}, cmp.Or(failed, errNoClusters)
	}
	if err := checkFingerprints(o.Fingerprints, logins, func(l *clusterLogin) []byte { return l.CA }); err != nil {
		return Result{}, errors.Join(failed, err)
	}
	if err := r.makeEntries(ctx, s, logins); err != nil {
		return Result{}, err
	}
	logins, refused := r.tryServers(ctx, s, logins)
	failed = errors.Join(failed, refused)
	if len(logins) == 0 {
		return Result{}, failed
	}
	if err := r.assignNames(ctx, s, logins); err != nil {
		return Result{}, errors.Join(failed, err)
	}
	if err := r.write(ctx, logins); err != nil {
		return Result{}, errors.Join(failed, err)
	}
	r.reportTrials(ctx, logins)
	var result Result
	for _, l := range logins {
		result.Logins = append(result.Logins, l.result)
	}
	return result, failed
}

// errNoClusters is returned when --all finds no cluster that may be logged in to.
var errNoClusters = clierr.Errorf("see the warnings above", "there is no cluster that you may log in to")

// readKubeconfig finds the kubeconfig and the logins that are in it already. One
// that cannot be read or edited is refused before the cloud is asked for anything.
func (r *run) readKubeconfig() (err error) {
	if r.files, err = kubeconfig.Locate(r.Kubeconfig, r.Getenv); err != nil {
		return err
	}
	r.files.DryRun = r.DryRun
	r.files.Warn = func(m string) { r.Display.Warn(m, "") }
	switch r.OutputFile {
	case "":
		r.logins, err = r.files.List()
	case "-":
	default:
		r.replaced, err = readReplaceable(r.OutputFile)
	}
	r.routes = route.Chooser{Tunnels: r.Tunnels, Logins: r.logins, Bastion: r.Bastion, ProxyURL: r.ProxyURL, Embed: r.Embed}
	return err
}

// makeEntries works out the kubeconfig entry of each login, without its names, and
// the route to its API server.
func (r *run) makeEntries(ctx context.Context, s *Session, logins []*clusterLogin) error {
	for _, l := range logins {
		r.makeEntry(s, l)
		var err error
		if l.choice, err = r.chooseRoute(ctx, l.args.Bastion, l.entry.Owner); err != nil {
			return err
		}
		r.makeEntry(s, l)
		l.name, err = contextName(r.Context, r.ContextTemplate, contextFields{
			Cluster: l.Cluster.Name, UUID: l.Cluster.UUID, Project: s.Project().Name,
			Region: s.Region(), Cloud: s.Cloud, User: s.User().Name,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// makeEntry makes the entry of a login from what is known of it: its mode, its
// credential and its route.
func (r *run) makeEntry(s *Session, l *clusterLogin) {
	pin := s.Pin()
	l.args = ExecArgs{Cluster: l.Cluster.UUID, Mode: l.Mode, Region: s.Region()}
	owner := kubeconfig.Owner{
		ClusterUUID: l.Cluster.UUID, ClusterName: l.Cluster.Name,
		ProjectID: s.Project().ID, ProjectName: s.Project().Name,
		Region: s.Region(), AuthURL: pin.AuthURL, Auth: string(l.Mode),
	}
	// A file in Keystone mode may be shared: with it everybody is themselves.
	if shared := r.OutputFile != "" && l.Mode == credential.ModeKeystone && !r.Embed; !shared {
		l.args.Cloud, l.args.Pin = s.Cloud, pin
		owner.Cloud, owner.User = l.args.Cloud, s.User().Name
		owner.UserDomain, owner.AppCredID = pin.UserDomainName, pin.AppCredID
	}
	l.entry = kubeconfig.Entry{
		Server: l.Server, TLSServerName: r.TLSServerName, ProxyURL: r.ProxyURL,
		CAData: l.CA, Namespace: r.Namespace, Owner: owner,
	}
	applyRoute(l.choice, &l.args, &l.entry)
	l.ref = CacheRef(pin, s.Region(), l.Cluster.UUID, l.Mode)
	switch {
	case !r.Embed:
		l.entry.Exec = l.args.Exec()
	case l.Mode == credential.ModeKeystone:
		l.entry.Token = s.Token().ID
	default:
		l.entry.ClientCert, l.entry.ClientKey = l.Certificate.CertPEM, l.Certificate.KeyPEM
	}
}

// contextName returns the name that a login should have: what the user asked
// for, else the cluster's own.
func contextName(explicit, template string, f contextFields) (string, error) {
	if explicit != "" || template == "" {
		return cmp.Or(explicit, f.Cluster), nil
	}
	name, err := f.expand(template)
	if err == nil && name == "" {
		err = clierr.New(clierr.Usage, "", "--context-template gives an empty name for cluster %q", f.Cluster)
	}
	return name, err
}

// chooseRoute decides whether a login goes through a bastion. With --embed nobody
// brings up a tunnel, so that the entry leads straight to the API server.
func (r *run) chooseRoute(ctx context.Context, offered route.Bastion, owner kubeconfig.Owner) (route.Choice, error) {
	choice, err := r.routes.Choose(ctx, owner, offered)
	if err == nil && r.Embed && choice.Bastion.IsHost() {
		r.Display.Warn(fmt.Sprintf("the login to %q goes through %s, and with --embed nobody brings up the tunnel", owner.ClusterName, choice.Bastion.Host),
			"run 'kubectl catalyst tunnel' beside kubectl, or log in without --embed")
		choice = route.Choice{}
	}
	return choice, err
}

// applyRoute writes a route into an entry and its arguments.
func applyRoute(choice route.Choice, args *ExecArgs, e *kubeconfig.Entry) {
	args.Bastion, e.NoProxy = choice.Bastion, choice.NoProxy
	if choice.ProxyURL != "" {
		e.ProxyURL = choice.ProxyURL
	}
}

// assignNames gives every login names that no other login holds. Whether an old
// login's cluster is gone only Magnum knows; it is asked where that matters.
func (r *run) assignNames(ctx context.Context, s *Session, logins []*clusterLogin) error {
	names := newContextNames(r.logins, r.Context != "" || r.ContextTemplate != "", func(old kubeconfig.Owner) bool {
		_, err := s.Magnum.Cluster(ctx, old.ClusterUUID)
		var none *magnum.NotFound
		return errors.As(err, &none)
	})
	for _, l := range logins {
		if err := names.assign(&l.entry, l.name); err != nil {
			return err
		}
	}
	return nil
}

// contextNames knows which login holds which context name. A cluster that is gone
// gives its name up to one that was created anew under it.
type contextNames struct {
	holder map[string]kubeconfig.Owner
	gone   func(kubeconfig.Owner) bool
	fixed  bool // the user chose the names: no other will do
}

func newContextNames(logins []kubeconfig.Owned, fixed bool, gone func(kubeconfig.Owner) bool) *contextNames {
	k := &contextNames{holder: map[string]kubeconfig.Owner{}, gone: gone, fixed: fixed}
	for _, o := range logins {
		k.holder[o.Context] = o.Owner
	}
	return k
}

// assign gives an entry its context, cluster and user names. Where the wanted
// name belongs to another login, a suffix says what differs.
func (k *contextNames) assign(e *kubeconfig.Entry, wanted string) error {
	name := wanted
	if !k.free(name, e.Owner) {
		name = wanted + "-" + difference(e.Owner, k.holder[wanted])
		if k.fixed || !k.free(name, e.Owner) {
			return clierr.Errorf("choose another name with --context or --context-template, or log that one out",
				"the context name %q belongs to another login", wanted)
		}
	}
	k.holder[name] = e.Owner
	e.Context, e.Cluster, e.User = name, name, name+"/"+cmp.Or(e.Owner.User, "openstack")
	return nil
}

func (k *contextNames) free(name string, fresh kubeconfig.Owner) bool {
	old, taken := k.holder[name]
	return !taken || fresh.Replaces(old) && (fresh.ClusterUUID == old.ClusterUUID || k.gone(old))
}

// difference returns what a login has that the other has not.
func difference(o, other kubeconfig.Owner) string {
	switch {
	case o.ClusterUUID == other.ClusterUUID:
		return cmp.Or(o.User, "openstack")
	case o.Region != other.Region:
		return o.Region
	case o.ProjectID != other.ProjectID:
		return o.ProjectName
	}
	return o.ClusterUUID[:min(8, len(o.ClusterUUID))]
}

// write writes the logins into a kubeconfig: the user's, or one of its own.
func (r *run) write(ctx context.Context, logins []*clusterLogin) error {
	entries := make([]kubeconfig.Entry, len(logins))
	for i, l := range logins {
		entries[i] = l.entry
	}
	var written []kubeconfig.Owned
	var err error
	if r.OutputFile != "" {
		written, err = r.writeAlone(entries)
	} else {
		if !r.DryRun {
			if err := r.fillCache(logins); err != nil {
				return err
			}
		}
		use := ""
		if !r.NoUse && len(entries) == 1 {
			use = entries[0].Context
		}
		written, err = r.merge(ctx, entries, use)
	}
	if err != nil {
		return err
	}
	for i, l := range logins {
		l.written, l.result = written[i], newLogin(written[i], l.Server, l.CA)
		l.result.Cluster, l.result.UUID, l.result.Auth = l.Cluster.Name, l.Cluster.UUID, string(l.Mode)
		l.result.Changed = r.changed[l.result.Kubeconfig]
	}
	return r.closeUnusedTunnels(ctx)
}

// fillCache fills the private cache, so that the first kubectl finds it warm.
func (r *run) fillCache(logins []*clusterLogin) error {
	cache := r.Cache()
	if cache == nil || r.Embed {
		return nil
	}
	for _, l := range logins {
		if err := credential.CacheLogin(cache, l.ref, l.CA, l.Certificate); err != nil {
			return fmt.Errorf("keeping the credential of cluster %q: %w", l.Cluster.Name, err)
		}
	}
	return nil
}

// merge merges entries into the user's kubeconfig, or shows how that would look,
// and returns them as they are in the file.
func (r *run) merge(ctx context.Context, entries []kubeconfig.Entry, use string) ([]kubeconfig.Owned, error) {
	changes, written, err := r.files.Merge(ctx, entries, use)
	if err != nil {
		return nil, err
	}
	r.changed = map[string]bool{}
	for _, c := range changes {
		r.changed[c.Path] = true
		if r.DryRun {
			fmt.Fprint(r.Out, kubeconfig.Diff(c.Path, c.Old, c.New))
		}
	}
	r.warnAboutPath(entries)
	return written, nil
}

// warnAboutPath warns where kubectl will not find this program.
func (r *run) warnAboutPath(entries []kubeconfig.Entry) {
	for _, e := range entries {
		if e.Exec == nil || e.Exec.Command != Program {
			continue
		}
		if _, err := exec.LookPath(Program); err != nil {
			r.Display.Warn("kubectl will not find "+Program+": it is not in a folder of PATH",
				"install it with krew, or add its folder to PATH")
		}
		return
	}
}

// writeAlone makes a kubeconfig that holds these logins and nothing else.
func (r *run) writeAlone(entries []kubeconfig.Entry) ([]kubeconfig.Owned, error) {
	data, written, err := kubeconfig.Merge(nil, entries, entries[0].Context)
	if err != nil {
		return nil, err
	}
	r.changed = map[string]bool{r.OutputFile: true}
	for i := range written {
		written[i].Path = r.OutputFile
	}
	if r.OutputFile == "-" {
		_, err = r.Out.Write(data)
		return written, err
	}
	if _, err := readReplaceable(r.OutputFile); err != nil {
		return nil, err
	}
	return written, atomicfile.Write(r.OutputFile, data, 0o600)
}

// readReplaceable returns the logins of a file that may be replaced, and refuses one
// that holds anything but logins of ours.
func readReplaceable(path string) (ours []kubeconfig.Owned, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a device or a pipe may never end
		return nil, clierr.Errorf("name another file, or - for stdout", "%q is no file that a kubeconfig could replace", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rest, ours, err := kubeconfig.Remove(data, func(kubeconfig.Owned) bool { return true })
	if err == nil && rest == nil {
		return ours, nil
	}
	return nil, clierr.Errorf("name another file, or merge into this one with --kubeconfig instead",
		"%q exists and holds more than logins of this program", path)
}

// closeUnusedTunnels ends the tunnels that the logins no longer use.
func (r *run) closeUnusedTunnels(ctx context.Context) error {
	if r.DryRun {
		return nil
	}
	return r.routes.CloseUnused(ctx)
}
