package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// places are where findings are shown that are about no object of the files: a
// namespace without a Namespace has policies or pods all the same.
type places struct {
	byNamespace map[string]kube.Origin
	any         kube.Origin
}

func newPlaces(in *load.Input) places {
	p := places{byNamespace: make(map[string]kube.Origin)}
	add := func(namespace string, at kube.Origin) {
		if at.File == "" {
			return
		}
		if p.any.File == "" {
			p.any = at
		}
		if _, ok := p.byNamespace[namespace]; !ok {
			p.byNamespace[namespace] = at
		}
	}
	for i := range in.Objects.NetworkPolicies {
		add(in.Objects.NetworkPolicies[i].Meta.Namespace, in.Objects.NetworkPolicies[i].Origin)
	}
	for i := range in.Objects.CalicoPolicies {
		add(in.Objects.CalicoPolicies[i].Meta.Namespace, in.Objects.CalicoPolicies[i].Origin)
	}
	for i := range in.Objects.Pods {
		add(in.Objects.Pods[i].Meta.Namespace, in.Objects.Pods[i].Origin)
	}
	return p
}

// of returns the file and line to show a finding at. Of a cluster there is no file;
// a name stands for it, because code hosts refuse a result that is nowhere.
func (p places) of(f lint.Finding) (file string, line int) {
	at := f.Origin
	if at.File == "" {
		ns := f.Namespace
		if f.Kind == "Namespace" {
			ns = f.Name
		}
		at = p.byNamespace[ns]
	}
	if at.File == "" {
		at = p.any
	}
	switch at.File {
	case "":
		return "cluster", 1
	case "-":
		return "stdin", max(at.Line, 1)
	}
	file, line = load.ManifestFile(at.File, at.Line)
	return file, max(line, 1)
}

var numbers = regexp.MustCompile(`\d+`)

// fingerprints returns for each finding a text by which it is known again in
// another run: lines and counts may have changed.
func fingerprints(findings []lint.Finding) []string {
	seen := make(map[string]int)
	out := make([]string, len(findings))
	for i, f := range findings {
		sum := sha256.Sum256([]byte(f.Rule + "\n" + Object(f) + "\n" + numbers.ReplaceAllString(f.Message, "#")))
		id := hex.EncodeToString(sum[:8])
		seen[id]++
		out[i] = fmt.Sprintf("%s:%d", id, seen[id])
	}
	return out
}
