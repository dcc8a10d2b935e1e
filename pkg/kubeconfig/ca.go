package kubeconfig

import (
	"context"
	"errors"
)

// ReplaceCA gives the clusters of ours with that UUID a new CA (PEM), after the
// cluster's own was rotated, and returns the new bytes. Everything else about
// them stays. When nothing changes the returned bytes equal data.
func ReplaceCA(data []byte, clusterUUID string, caPEM []byte) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	m := &merger{editor: editor{doc: d}}
	for _, it := range d.sec[clusters].items {
		if it.rec != nil && it.rec.ClusterUUID == clusterUUID {
			m.targets = append(m.targets, &target{kind: clusters, name: it.name, old: it, rec: it.rec,
				want: obj{{"certificate-authority-data", encode(caPEM)}}})
		}
	}
	if len(m.targets) == 0 {
		return data, nil
	}
	m.write()
	out, err := m.apply()
	if err != nil {
		return nil, err
	}
	if _, err := m.check(out); err != nil {
		return nil, err
	}
	return out, nil
}

// ReplaceCA does so in every file that has such a cluster and lists the files
// that were replaced.
func (f Files) ReplaceCA(ctx context.Context, clusterUUID string, caPEM []byte) ([]Change, error) {
	var changes []Change
	var errs []error
	for _, path := range f.Paths {
		list, err := f.list(path)
		if err != nil || !holds(list, clusterUUID) {
			continue // what cannot be read is no concern of a cluster that may not be in it
		}
		c, err := f.Update(ctx, path, func(data []byte) ([]byte, error) {
			return ReplaceCA(data, clusterUUID, caPEM)
		})
		errs = append(errs, err)
		if err == nil && c.Path != "" {
			changes = append(changes, c)
		}
	}
	return changes, errors.Join(errs...)
}

func holds(list []Owned, clusterUUID string) bool {
	for _, o := range list {
		if o.ClusterUUID == clusterUUID {
			return true
		}
	}
	return false
}
