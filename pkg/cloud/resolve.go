package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/utils/v2/openstack/clientconfig"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// environCloud is the name under which openstacksdk lists the OS_ variables
// among the clouds; OS_CLOUD_NAME changes it.
const environCloud = "envvars"

// Resolve finds the account in files and variables, without the network.
//
// A cloud named by Options.Cloud or OS_CLOUD comes from clouds.yaml, with its
// profile from clouds-public.yaml below it and secure.yaml above it; single
// OS_ variables override it, except that project, domains and token are only
// completed. A whole openrc beside it is ignored. With no name the OS_
// variables count when they hold an auth URL, else the only cloud there is.
//
// A cloud that the current folder defines comes before one of the same name
// elsewhere, counts only whole, and is named through Options.Warn. With
// Options.Pin set the current folder is not read, and a configuration that belongs
// to somebody else is not used at all: the result is then the pinned identity itself.
func Resolve(o Options) (*Cloud, error) {
	o = o.withDefaults()
	r := &resolver{opts: o}
	c, err := r.resolve()
	if o.Pin == (Pin{}) {
		return c, err
	}
	return r.pinned(c, err)
}

// resolver holds the files once they are read.
type resolver struct {
	opts            Options
	read            bool
	clouds, secure  map[string]entry
	cloudsPath      string
	public          map[string]entry
	publicRead      bool
	folder          folderClouds
	warned          map[string]bool
	environSettings settings
}

func (r *resolver) resolve() (*Cloud, error) {
	env := r.environ()
	name := cmp.Or(r.opts.Cloud, r.opts.Getenv("OS_CLOUD"))
	environName := cmp.Or(r.opts.Getenv("OS_CLOUD_NAME"), environCloud)
	if (name == "" && env["auth.auth_url"] != "") || (name != "" && name == environName) {
		return r.build("", entry{set: env}, r.opts.Getenv("OS_REGION_NAME"))
	}
	if err := r.readFiles(); err != nil {
		return nil, err
	}
	if name == "" {
		switch names := r.names(); len(names) {
		case 0:
			for name := range r.folder.incomplete {
				r.warnAboutFolder(name, entry{})
			}
			return nil, errNothing
		case 1:
			name = names[0]
		default:
			return nil, clierr.New(clierr.Usage, "choose one with --os-cloud NAME or OS_CLOUD",
				"several clouds are defined and none is named: %s", quoteNames(names))
		}
	}
	return r.named(name)
}

// Names returns the names of the clouds that the files define, for --os-cloud.
func Names(o Options) ([]string, error) {
	r := &resolver{opts: o.withDefaults()}
	if err := r.readFiles(); err != nil {
		return nil, err
	}
	return r.names(), nil
}

// errNothing is the error that a newcomer sees first.
var errNothing = clierr.New(clierr.SignIn,
	"source the openrc file of your project, or write ~/.config/openstack/clouds.yaml",
	"no OpenStack account is configured: there is no clouds.yaml and OS_AUTH_URL is not set")

// named resolves a cloud of clouds.yaml.
func (r *resolver) named(name string) (*Cloud, error) {
	if !slices.Contains(r.names(), name) {
		r.warnAboutFolder(name, entry{})
		hint, file := "write ~/.config/openstack/clouds.yaml, or set OS_CLIENT_CONFIG_FILE", "clouds.yaml, which does not exist"
		if r.cloudsPath != "" {
			hint, file = "choose one of "+quoteNames(r.names()), strconv.Quote(r.cloudsPath)
		}
		return nil, clierr.New(clierr.Usage, hint, "cloud %q is not defined in %s", name, file)
	}
	e, err := r.entry(name)
	if err != nil {
		return nil, err
	}
	r.warnAboutFolder(name, e)
	env, region := r.environ(), r.opts.Getenv("OS_REGION_NAME")
	if e.folder != "" {
		env = env.inFolder()
	}
	if r.environ().wholeAccount() {
		env, region = nil, ""
		if r.opts.Cloud == "" && r.opts.Getenv("OS_CLOUD") == name {
			r.warn("OS_CLOUD names %q, so the account in the other OS_ variables is left aside", name)
		}
	}
	e.set = e.set.completed(env)
	return r.build(name, e, region)
}

// entry merges the settings that the files have for a cloud. One of the current
// folder stands by itself.
func (r *resolver) entry(name string) (entry, error) {
	if e, ok := r.folder.clouds[name]; ok {
		return e, nil
	}
	e := r.clouds[name]
	profile := cmp.Or(e.set["profile"], e.set["cloud"])
	if profile != "" {
		public, err := r.profile(profile)
		if err != nil {
			return entry{}, err
		}
		e = mergeEntries(public, e)
	}
	return mergeEntries(e, r.secure[name]), nil
}

// build turns settings into a Cloud. region is the environment's choice.
func (r *resolver) build(name string, e entry, region string) (*Cloud, error) {
	set, region, err := r.chooseRegion(name, e, region)
	if err != nil {
		return nil, err
	}
	c := &Cloud{opts: r.opts, conf: set, net: new(network), passcode: set["auth.passcode"]}
	source := "the OS_ variables"
	if name != "" {
		source = fmt.Sprintf("cloud %q", name)
	}
	if c.auth, err = authInfo(set); err != nil {
		return nil, err
	}
	if c.auth.AuthURL == "" {
		return nil, clierr.New(clierr.SignIn, "set auth_url in clouds.yaml, or OS_AUTH_URL", "%s: no auth URL is given", source)
	}
	c.auth.AuthURL = strings.ReplaceAll(c.auth.AuthURL, "{region_name}", region)
	c.versioned = hasVersion(c.auth.AuthURL)
	if c.auth.AuthURL, err = baseURL(c.auth.AuthURL); err != nil {
		return nil, clierr.WithHint(fmt.Errorf("%s: %w", source, err), "an auth URL looks like https://keystone.example.com:5000/v3")
	}
	method, err := chooseMethod(set)
	if err != nil {
		return nil, clierr.WithHint(fmt.Errorf("%s: %w", source, err),
			"use a password, an application credential, or a token: OS_TOKEN=$(openstack token issue -f value -c id)")
	}
	if c.tls, err = newTLSFiles(r.opts.finder(r.warn), set); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	c.id = identityOf(name, region, method, set, c.auth, c.tls.insecure)
	c.id.Folder = e.folder
	c.debug(levelDecision, "identity: %s, from %s, by %s", c.id, source, method)
	return c, nil
}

// chooseRegion returns the settings with the region's own values laid over
// them, and the region: the flag's, the environment's, the cloud's, or the
// first of its list. "" leaves the choice to the catalog.
func (r *resolver) chooseRegion(name string, e entry, fromEnv string) (settings, string, error) {
	chosen := cmp.Or(r.opts.Region, fromEnv, e.set["region_name"])
	if len(e.regions) == 0 {
		return e.set, chosen, nil
	}
	if chosen == "" {
		chosen = e.regions[0].name
	}
	var known []string
	for _, reg := range e.regions {
		if reg.name == chosen {
			return mergeSettings(e.set, reg.set), chosen, nil
		}
		known = append(known, reg.name)
	}
	return nil, "", clierr.New(clierr.Usage, "choose one of "+quoteNames(known),
		"region %q is not among the regions of cloud %q", chosen, name)
}

func quoteNames(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}

// readFiles reads clouds.yaml and secure.yaml, once: those of the user, and apart
// from these those of the current folder.
func (r *resolver) readFiles() (err error) {
	if r.read {
		return nil
	}
	f := r.opts.finder(r.warn)
	if r.cloudsPath, r.clouds, err = f.load("clouds", "OS_CLIENT_CONFIG_FILE", "clouds"); err != nil {
		return err
	}
	if _, r.secure, err = f.load("secure", "OS_CLIENT_SECURE_FILE", "clouds"); err != nil {
		return err
	}
	if !r.opts.SkipFolder && r.opts.Pin == (Pin{}) {
		r.folder = f.readFolder()
	}
	r.read = true
	return nil
}

// profile returns a profile of clouds-public.yaml. A profile that is not there
// counts as empty, as in openstacksdk, but is mentioned.
func (r *resolver) profile(name string) (entry, error) {
	if !r.publicRead {
		_, public, err := r.opts.finder(r.warn).load("clouds-public", "OS_CLIENT_VENDOR_FILE", "public-clouds")
		if err != nil {
			return entry{}, err
		}
		r.public, r.publicRead = public, true
	}
	e, ok := r.public[name]
	if !ok {
		r.warn("profile %q is not in clouds-public.yaml and adds nothing", name)
	}
	return e, nil
}

func (r *resolver) environ() settings {
	if r.environSettings == nil {
		r.environSettings = fromEnviron(r.opts.Getenv)
	}
	return r.environSettings
}

// names lists the clouds of all files.
func (r *resolver) names() []string {
	all := map[string]entry{}
	for _, clouds := range []map[string]entry{r.secure, r.clouds, r.folder.clouds} {
		maps.Copy(all, clouds)
	}
	return slices.Sorted(maps.Keys(all))
}

// warnAboutFolder names a cloud of the current folder before it is used, and one that
// is ignored there.
func (r *resolver) warnAboutFolder(name string, e entry) {
	if why := r.folder.incomplete[name]; why != "" {
		r.warn("cloud %q in %q, in the current folder, is left aside: %s, and it is not mixed with your own files", name, r.folder.file, why)
	}
	if e.folder == "" {
		return
	}
	instead := ""
	if _, own := r.clouds[name]; own {
		instead = fmt.Sprintf(", not that of %q", r.cloudsPath)
	}
	r.warn("cloud %q of the current folder is used: %q%s", name, e.folder, instead)
}

// warn warns of a thing once, however often the files are read.
func (r *resolver) warn(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if r.opts.Warn == nil || r.warned[line] {
		return
	}
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	r.warned[line] = true
	r.opts.Warn(line)
}

func (o Options) finder(warn func(string, ...any)) finder {
	dir := o.Dir
	if dir == "" {
		dir, _ = os.Getwd() // a folder that was removed has no files either
	}
	return finder{goos: runtime.GOOS, dir: dir, getenv: o.Getenv, warn: warn}
}

// pinned decides between the configuration that was found and the pin: the
// configuration counts unless it belongs to somebody else. Then clouds.yaml may
// still hold the pinned account under a name that was not chosen.
func (r *resolver) pinned(c *Cloud, err error) (*Cloud, error) {
	if c != nil && !r.opts.Pin.contradicts(c.id) {
		c.nameOwner()
		return c, nil
	}
	if other := r.matching(); other != nil {
		return other, nil
	}
	if _, bad := baseURL(r.opts.Pin.AuthURL); bad != nil {
		return nil, clierr.Errorf("run kubectl catalyst login again", "this context names no usable auth URL: %w", bad)
	}
	instead := ""
	switch {
	case c != nil:
		instead = "the environment is " + c.id.String()
	case err != nil && !errors.Is(err, errNothing):
		instead = err.Error()
	}
	who := fromPin(r.opts, c, instead)
	who.known = who.known || r.hasAuthURL(who.id.AuthURL)
	return who, nil
}

// HasAuthURL reports whether the user's own clouds or variables name this
// Keystone. A kubeconfig may name any.
func HasAuthURL(o Options, authURL string) bool {
	base, err := baseURL(authURL)
	o.SkipFolder = true // what the current folder names is not the user's own
	r := &resolver{opts: o.withDefaults()}
	return err == nil && r.hasAuthURL(base)
}

func (r *resolver) hasAuthURL(base string) bool {
	if own, err := baseURL(r.environ()["auth.auth_url"]); err == nil && own == base {
		return true
	}
	if r.readFiles() != nil {
		return false
	}
	return slices.ContainsFunc(r.names(), func(name string) bool {
		c, err := r.named(name)
		return err == nil && c.id.AuthURL == base
	})
}

// matching returns the cloud of clouds.yaml that is the pinned account, or else
// the first that may be, or nil. Files that cannot be read have none.
func (r *resolver) matching() *Cloud {
	if r.readFiles() != nil {
		return nil
	}
	var maybe *Cloud
	for _, name := range r.names() {
		c, err := r.named(name)
		switch {
		case err != nil || r.opts.Pin.contradicts(c.id):
		case r.opts.Pin.agrees(c.id):
			return c
		case maybe == nil:
			maybe = c
		}
	}
	return maybe
}

// nameOwner completes a token without a user name by the pinned one, so that a
// password can be asked for once the token has expired.
func (c *Cloud) nameOwner() {
	p := c.opts.Pin
	if c.id.Method != methodToken || p.Username == "" || c.auth.Username+c.auth.UserID != "" {
		return
	}
	c.auth.Username, c.auth.UserDomainName, c.auth.UserDomainID = p.Username, p.UserDomainName, ""
	if p.UserDomainName == "" {
		c.auth.UserDomainID = fallbackDomain
	}
	c.auth.ProjectID = p.ProjectID
}

// fromPin makes the account that the pin describes. When the configuration is
// for the same Keystone its TLS settings hold for the pin as well.
func fromPin(o Options, config *Cloud, instead string) *Cloud {
	id := o.Pin.identity()
	id.Region = o.Region
	c := &Cloud{opts: o, id: id, pinned: true, instead: instead, net: new(network), versioned: hasVersion(o.Pin.AuthURL)}
	c.auth = clientconfig.AuthInfo{
		AuthURL: id.AuthURL, Username: id.Username, UserDomainName: id.UserDomainName,
		ProjectID: id.ProjectID, ApplicationCredentialID: id.AppCredID,
	}
	if id.UserDomainName == "" {
		c.auth.UserDomainID = fallbackDomain
	}
	if config != nil && config.id.AuthURL == id.AuthURL {
		c.tls, c.id.Insecure, c.known = config.tls, config.id.Insecure, true
		c.id.Region = cmp.Or(o.Region, config.id.Region)
	}
	if instead != "" {
		c.debug(levelDecision, "identity: this context belongs to %s; %s and is not used", o.Pin, instead)
	}
	return c
}
