// Package prereq answers whether the openstack command on this machine has the
// python-magnumclient that Catalyst Cloud Kubernetes asks for, without starting
// Python: it reads how openstack is launched, works out where that Python looks
// for packages, and reads the packages' own metadata there.
package prereq

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	pep440 "github.com/aquasecurity/go-pep440-version"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Options say where to look and what to compare with.
type Options struct {
	OpenStack string        // path of the openstack to look at; "" takes the first on PATH
	Minimum   string        // PEP 440 version that python-magnumclient must have reached
	Kubectl   string        // oldest kubectl that accepts what login writes, "1.22.0"
	Environ   []string      // the environment, as os.Environ returns it
	Dir       string        // working folder, which pyenv looks at; "" is the process's
	Patience  time.Duration // limit for starting a program, when nothing else can tell; 0 is 10 s
	Remember  Memory        // where kubectl's version is kept between runs; nil: nowhere
}

// Memory keeps small facts between runs. pkg/store has one.
type Memory interface {
	Get(key string) ([]byte, error)
	Put(key string, data []byte) error
}

// machine is what the search may look at.
type machine struct {
	environ  []string
	dir      string
	patience time.Duration
}

const (
	magnumclient    = "python_magnumclient"
	openstackclient = "python_openstackclient"
	defaultPatience = 10 * time.Second
)

// companions are the packages that decide, along with the two clients, how the
// openstack command behaves.
func companions() []string { return []string{"osc_lib", "openstacksdk", "keystoneauth1", "cliff"} }

// Check looks at the machine. The error is about the options only; whatever is
// wrong with the machine is in the report.
func Check(ctx context.Context, o Options) (Report, error) {
	minimum, err := pep440.Parse(o.Minimum)
	if err != nil {
		return Report{}, fmt.Errorf("%q is not a version as PEP 440 writes them", o.Minimum)
	}
	m := machine{environ: o.Environ, dir: o.Dir, patience: o.Patience}
	if m.dir == "" {
		if m.dir, err = os.Getwd(); err != nil {
			return Report{}, fmt.Errorf("finding the working folder: %w", err)
		}
	}
	if m.patience == 0 {
		m.patience = defaultPatience
	}
	kubectl := make(chan Kubectl, 1)
	go func() { kubectl <- m.kubectl(ctx, o.Kubectl, o.Remember) }()
	r := m.openstack(ctx, o.OpenStack, minimum)
	r.Kubectl = <-kubectl
	r.Advice = append(r.Advice, r.Kubectl.advice()...)
	r.Advice = append(r.Advice, m.adviceOnPath()...)
	return r, nil
}

// openstack answers the question for the openstack at path, or the first one.
func (m machine) openstack(ctx context.Context, path string, minimum pep440.Version) Report {
	r := Report{Answer: Unknown, Minimum: minimum.Original(), Advice: []string{}}
	all := m.onPath(command)
	switch {
	case path != "":
		r.OpenStack.Path = path
		if !executable(path) {
			r.Reason = fmt.Sprintf("%q is not a program", path)
			return r
		}
		if abs, err := filepath.Abs(path); err == nil {
			r.OpenStack.Path = abs
		}
	case len(all) == 0:
		r.Answer, r.Reason = NotMet, "there is no openstack command on PATH"
		r.Upgrade = installBoth
		return r
	default:
		r.OpenStack.Path, r.OpenStack.Others = all[0], all[1:]
	}
	l, p, dirs, err := m.locate(ctx, r.OpenStack.Path)
	r.OpenStack.Through = l.via
	if err != nil {
		r.Reason = err.Error()
		if hint := clierr.Hint(err); hint != "" {
			r.Advice = append(r.Advice, hint)
		}
		var broken *brokenError
		if errors.As(err, &broken) {
			r.Upgrade = installBoth
		}
		return r
	}
	r.judge(l, p, dirs, minimum)
	return r
}

// locate finds the Python behind path and its sys.path, by reading where that
// is possible and by asking where it is not.
func (m machine) locate(ctx context.Context, path string) (launcher, python, []string, error) {
	l, err := m.follow(path)
	var opaque *opaqueError
	if errors.As(err, &opaque) {
		p, dirs, err := m.ask(ctx, path)
		return launcher{via: l.via}, p, dirs, err
	}
	if err != nil {
		return l, python{}, nil, err
	}
	p := m.inspect(l.python, l.snap != "")
	return l, p, m.sysPath(l, p), nil
}

// judge compares what is installed in dirs with the minimum.
func (r *Report) judge(l launcher, p python, dirs []string, minimum pep440.Version) {
	found := find(dirs, append(companions(), magnumclient, openstackclient)...)
	client, have := found[magnumclient]
	in := installation{l: l, p: p, dist: client}
	r.OpenStack.Version = found[openstackclient].version
	r.OpenStack.Installation = in.kind()
	r.OpenStack.Packages = map[string]string{}
	for name, d := range found {
		r.OpenStack.Packages[strings.ReplaceAll(name, "_", "-")] = d.version
	}
	r.Magnumclient = Magnumclient{Version: client.version, Location: client.location, Python: p.exe}
	if !have {
		r.Answer = NotMet
		r.Reason = fmt.Sprintf("python-magnumclient is not installed where %s runs", r.OpenStack.Path)
		r.Upgrade = in.install()
		return
	}
	r.Magnumclient.Commands = commands(client.info)
	if version, ok := r.compare(client, minimum); ok {
		r.Advice = append(r.Advice, advice(version, p)...)
	}
	r.Advice = append(r.Advice, r.missing()...)
	if !r.OK || len(r.Advice) > 0 {
		r.Upgrade = in.upgrade()
	}
}

// compare answers the question, and says whether the version could be read.
func (r *Report) compare(client dist, minimum pep440.Version) (pep440.Version, bool) {
	version, err := pep440.Parse(client.version)
	switch {
	case client.version == "":
		r.Reason = fmt.Sprintf("the metadata %q names no version", client.info)
	case err != nil:
		r.Reason = fmt.Sprintf("the metadata %q has the version %q, which is not one as PEP 440 writes them", client.info, client.version)
	case version.LessThan(minimum):
		r.Answer = NotMet
		r.Reason = fmt.Sprintf("python-magnumclient %s is older than %s", client.version, r.Minimum)
	default:
		r.OK, r.Answer = true, Met
		r.Reason = fmt.Sprintf("python-magnumclient %s is %s or above", client.version, r.Minimum)
	}
	return version, err == nil
}
