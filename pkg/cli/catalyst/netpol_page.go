package catalyst

import (
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report/page"
)

// page completes a document with what both commands say alike: what was looked
// at, and who reaches whom where that can be answered.
func (i *netpolInput) page(s *netpolState, d *page.Document) *page.Document {
	d.Namespace = i.namespace()
	if s.answerable() == nil {
		d.Engine = s.engine
	}
	if len(i.files) > 0 {
		d.Source = append(d.Source, strings.Join(i.files, ", "))
	} else if name := i.contextName(); name != "" {
		d.Source = append(d.Source, "context "+name)
	}
	if c := s.in.Cluster; c != nil {
		d.Source = append(d.Source, apiServer(c.Server, c.Version))
	}
	if d.Namespace != "" {
		d.Source = append(d.Source, "namespace "+d.Namespace+" only")
	}
	return d
}

func apiServer(server, version string) string {
	var parts []string
	if server != "" {
		parts = append(parts, server)
	}
	if version != "" {
		parts = append(parts, "Kubernetes "+version)
	}
	return strings.Join(parts, ", ")
}

// contextName is the context in use; "" where none can be told.
func (i *netpolInput) contextName() string {
	if i.overrides.CurrentContext != "" {
		return i.overrides.CurrentContext
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = i.kubeconfig
	config, err := rules.Load()
	if err != nil {
		return "" // the cluster was read with it: only its name is missing
	}
	return config.CurrentContext
}
