package cloud

import (
	"fmt"
	"maps"
	"slices"
)

// readFiles reads clouds.yaml and secure.yaml, once.
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

// names lists the clouds of both files.
func (r *resolver) names() []string {
	all := maps.Clone(r.secure)
	if all == nil {
		all = map[string]entry{}
	}
	maps.Copy(all, r.clouds)
	return slices.Sorted(maps.Keys(all))
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
