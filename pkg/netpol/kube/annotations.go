package kube

import "strings"

// Annotations that findings read.
const (
	// DefaultedAnnotation marks a policy of a cluster whose policyTypes was not
	// written by its author: the API server fills it in.
	DefaultedAnnotation = "catalyst.cloud/policy-types-defaulted"
	// InternalAnnotation on a Service keeps OpenStack's load balancer off the
	// internet when it is "true" (cloud-provider-openstack).
	InternalAnnotation = "service.beta.kubernetes.io/openstack-internal-load-balancer"
	// ScrapeAnnotation on a pod asks Prometheus to collect its metrics when it is
	// "true"; ScrapePortAnnotation names the port.
	ScrapeAnnotation     = "prometheus.io/scrape"
	ScrapePortAnnotation = "prometheus.io/port"
)

// ReadsAnnotation reports whether a finding or the verdict on enforcement reads
// an annotation. Objects hold no others, which may be long.
func ReadsAnnotation(key []byte) bool {
	k := string(key)
	return strings.HasPrefix(k, "catalyst.cloud/") || k == InternalAnnotation || k == ScrapeAnnotation || k == ScrapePortAnnotation || strings.HasPrefix(k, "projectcalico.org/") ||
		strings.HasPrefix(k, "cni.projectcalico.org/podIP") || strings.HasPrefix(k, "flannel.alpha.coreos.com/")
}
