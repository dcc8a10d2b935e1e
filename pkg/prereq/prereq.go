package prereq

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	pep440 "github.com/aquasecurity/go-pep440-version"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Options are where to look and what to compare with.
type Options struct {
	OpenStack string        // path of the openstack to look at; "" takes the first on PATH
	Minimum   string        // PEP 440 version that python-magnumclient must have reached
	Kubectl   string        // oldest kubectl that accepts what login writes, "1.22.0"
	Environ   []string      // the environment, as os.Environ returns it
	Dir       string        // working folder, which pyenv looks at; "" is the process's
	Patience  time.Duration // limit for starting a program, when nothing else can tell; 0 is 10 s
	Cache     Cache         // where kubectl's version is cached between runs; nil: nowhere
}

// defaultPatience is Options.Patience where nothing else is said.
const defaultPatience = 10 * time.Second

// programName is the program that people run, and the one that is checked.
const programName = "openstack"

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
	go func() { kubectl <- m.kubectl(ctx, o.Kubectl, o.Cache) }()
	r := m.openstack(ctx, o.OpenStack, minimum)
	r.Kubectl = <-kubectl
	r.Advice = append(r.Advice, r.Kubectl.advice()...)
	r.Advice = append(r.Advice, m.adviceOnPath()...)
	return r, nil
}

// openstack answers the question for the openstack at path, or the first one.
func (m machine) openstack(ctx context.Context, path string, minimum pep440.Version) Report {
	r := Report{Answer: Unknown, Minimum: minimum.Original(), Advice: []string{}}
	all := m.onPath(programName)
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
	r.compareInstalled(l, p, dirs, minimum)
	return r
}

// locate finds the Python behind path and its sys.path, by reading where that
// is possible and by asking where it is not.
func (m machine) locate(ctx context.Context, path string) (launcher, python, []string, error) {
	l, err := m.followLauncher(path)
	var opaque *opaqueError
	if errors.As(err, &opaque) {
		p, dirs, err := m.askPython(ctx, path)
		return launcher{via: l.via}, p, dirs, err
	}
	if err != nil {
		return l, python{}, nil, err
	}
	p := m.inspect(l.python, l.snap != "")
	return l, p, m.sysPath(l, p), nil
}
