package cloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
// completed. A whole openrc beside it is left aside. With no name the OS_
// variables count when they hold an auth URL, else the only cloud there is.
//
// A cloud that the current folder defines comes before one of the same name
// elsewhere, counts only whole, and is named through Options.Warn. With
// Options.Pin set the current folder is not looked at, and a configuration that belongs to somebody else
// is not used at all: the result is then the pinned identity itself.
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
	folder          folder
	warned          map[string]bool
	environSettings settings
}

func (r *resolver) resolve() (*Cloud, error) {
	env := r.environ()
	name := first(r.opts.Cloud, r.opts.Getenv("OS_CLOUD"))
	environName := first(r.opts.Getenv("OS_CLOUD_NAME"), environCloud)
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
				r.sayFolder(name, entry{})
			}
			return nil, errNothing
		case 1:
			name = names[0]
		default:
			return nil, clierr.New(clierr.Usage, "choose one with --os-cloud NAME or OS_CLOUD",
				"several clouds are defined and none is named: %s", quoted(names))
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

// errNothing is what a newcomer sees first.
var errNothing = clierr.New(clierr.SignIn,
	"source the openrc file of your project, or write ~/.config/openstack/clouds.yaml",
	"no OpenStack account is configured: there is no clouds.yaml and OS_AUTH_URL is not set")

// named resolves a cloud of clouds.yaml.
func (r *resolver) named(name string) (*Cloud, error) {
	if !slices.Contains(r.names(), name) {
		r.sayFolder(name, entry{})
		hint, file := "write ~/.config/openstack/clouds.yaml, or set OS_CLIENT_CONFIG_FILE", "clouds.yaml, which does not exist"
		if r.cloudsPath != "" {
			hint, file = "choose one of "+quoted(r.names()), strconv.Quote(r.cloudsPath)
		}
		return nil, clierr.New(clierr.Usage, hint, "cloud %q is not defined in %s", name, file)
	}
	e, err := r.entry(name)
	if err != nil {
		return nil, err
	}
	r.sayFolder(name, e)
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

// entry merges what the files say about a cloud. One of the current folder stands
// by itself.
func (r *resolver) entry(name string) (entry, error) {
	if e, ok := r.folder.clouds[name]; ok {
		return e, nil
	}
	e := r.clouds[name]
	profile := first(e.set["profile"], e.set["cloud"])
	if profile != "" {
		public, err := r.profile(profile)
		if err != nil {
			return entry{}, err
		}
		e = overEntry(public, e)
	}
	return overEntry(e, r.secure[name]), nil
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
	if c.tls, err = r.tlsFiles(set); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	c.id = identityOf(name, region, method, set, c.auth, c.tls.insecure)
	c.id.Folder = e.folder
	c.debug(LevelDecision, "identity: %s, from %s, by %s", c.id, source, method)
	return c, nil
}

// chooseRegion returns the settings with the region's own values laid over
// them, and the region: the flag's, the environment's, the cloud's, or the
// first of its list. "" leaves the choice to the catalog.
func (r *resolver) chooseRegion(name string, e entry, fromEnv string) (settings, string, error) {
	chosen := first(r.opts.Region, fromEnv, e.set["region_name"])
	if len(e.regions) == 0 {
		return e.set, chosen, nil
	}
	if chosen == "" {
		chosen = e.regions[0].name
	}
	var known []string
	for _, reg := range e.regions {
		if reg.name == chosen {
			return over(e.set, reg.set), chosen, nil
		}
		known = append(known, reg.name)
	}
	return nil, "", clierr.New(clierr.Usage, "choose one of "+quoted(known),
		"region %q is not among the regions of cloud %q", chosen, name)
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}
