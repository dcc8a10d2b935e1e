package catalyst

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// write puts the logins into a kubeconfig: the user's, or one of its own.
func (o *loginOptions) write(ctx context.Context, logins []*clusterLogin) error {
	entries := make([]kubeconfig.Entry, len(logins))
	for i, l := range logins {
		entries[i] = l.entry
	}
	var owned []kubeconfig.Owned
	var err error
	if o.outputFile != "" {
		owned, err = o.writeAlone(entries)
	} else {
		if !o.dryRun {
			if err := o.keep(logins); err != nil {
				return err
			}
		}
		owned, err = o.mergeInto(ctx, entries, o.use(entries))
	}
	if err != nil {
		return err
	}
	for i, l := range logins {
		l.owned = owned[i]
		l.result = newResult(l, owned[i])
	}
	return o.endLeft(ctx)
}

// look finds the kubeconfig and the logins that are in it already. One that
// cannot be read or edited is refused before the cloud is asked for anything.
func (o *loginOptions) look() (err error) {
	if o.files, err = kubeconfig.Locate(o.kubeconfig, o.env.Getenv); err != nil {
		return err
	}
	o.files.DryRun = o.dryRun
	o.files.Warn = func(m string) { o.env.Warn(m, "") }
	if o.outputFile == "" {
		o.present, err = o.files.List()
	}
	return err
}

// mergeInto writes entries into the user's kubeconfig, or shows how that would
// look, and returns them as they are in the file.
func (o *loginOptions) mergeInto(ctx context.Context, entries []kubeconfig.Entry, use string) ([]kubeconfig.Owned, error) {
	changes, owned, err := o.files.Merge(ctx, entries, use)
	if err != nil {
		return nil, err
	}
	o.changed = map[string]bool{}
	for _, c := range changes {
		o.changed[c.Path] = true
		if o.dryRun {
			fmt.Fprint(o.env.Out, kubeconfig.Diff(c.Path, c.Old, c.New))
		}
	}
	o.warnAboutPath(entries)
	return owned, nil
}

// use names the context that becomes current: that of a single cluster.
func (o *loginOptions) use(entries []kubeconfig.Entry) string {
	if o.noUse || len(entries) != 1 {
		return ""
	}
	return entries[0].Context
}

func (o *loginOptions) warnAboutPath(entries []kubeconfig.Entry) {
	for _, e := range entries {
		if e.Exec == nil || e.Exec.Command != program {
			continue
		}
		if _, err := exec.LookPath(program); err != nil {
			o.env.Warn("kubectl will not find "+program+": it is not in a folder of PATH",
				"install it with krew, or add its folder to PATH")
		}
		return
	}
}

// writeAlone makes a kubeconfig that holds these logins and nothing else.
func (o *loginOptions) writeAlone(entries []kubeconfig.Entry) ([]kubeconfig.Owned, error) {
	data, owned, err := kubeconfig.Merge(nil, entries, entries[0].Context)
	if err != nil {
		return nil, err
	}
	o.changed = map[string]bool{o.outputFile: true}
	for i := range owned {
		owned[i].Path = o.outputFile
	}
	if o.outputFile == "-" {
		_, err = o.env.Out.Write(data)
		return owned, err
	}
	if err := onlyOurs(o.outputFile); err != nil {
		return nil, err
	}
	return owned, atomicfile.Write(o.outputFile, data, 0o600)
}

// onlyOurs refuses to replace a file that holds anything but logins of ours.
func onlyOurs(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // a device or a pipe may never end
		return clierr.Errorf("name another file, or - for stdout", "%q is no file that a kubeconfig could replace", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rest, _, err := kubeconfig.Remove(data, func(kubeconfig.Owned) bool { return true })
	if err == nil && rest == nil {
		return nil
	}
	return clierr.Errorf("name another file, or merge into this one with --kubeconfig instead",
		"%q exists and holds more than logins of this program", path)
}
