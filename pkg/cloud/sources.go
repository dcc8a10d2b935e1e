package cloud

import (
	"fmt"
	"maps"
	"slices"
)

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
	r.folder = r.readFolder(f)
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

// sayFolder names a cloud of the current folder before it is used, and one that
// is left aside there.
func (r *resolver) sayFolder(name string, e entry) {
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

// warn says a thing once, however often the files are looked at.
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
