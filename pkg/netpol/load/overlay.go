package load

import (
	"maps"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
)

// Overlay prepares two states for comparison. Files beside a cluster (or a
// snapshot of one) are taken as applied to it: their objects replace those of the
// same name. Two sets of files, and two clusters, stay as they are.
func Overlay(older, newer *Input) (*Input, *Input) {
	switch {
	case older.Cluster != nil && newer.Cluster == nil:
		return older, older.with(newer)
	case older.Cluster == nil && newer.Cluster != nil:
		return newer.with(older), newer
	}
	return older, newer
}

// with returns in after files have been applied to it.
func (in *Input) with(files *Input) *Input {
	out := &Input{Cluster: in.Cluster, Unreadable: in.Unreadable, Foreign: slices.Concat(in.Foreign, files.Foreign),
		Unknown: files.Unknown, Charts: files.Charts, NoObjects: files.NoObjects,
		positions: maps.Clone(in.positions)}
	if out.positions == nil {
		out.positions = make(positions)
	}
	maps.Copy(out.positions, files.positions)
	for _, k := range kinds.All() {
		k.Apply(&out.Objects, &in.Objects, &files.Objects)
	}
	return out
}
