// Package magnum talks to OpenStack Magnum, the service that runs Kubernetes
// clusters: it reads clusters, templates and node groups, fetches a cluster's
// certificate authority and has certificates signed. Whatever Magnum answers
// when it refuses becomes an error that says what to do next.
//
// Client (client.go) sends a request and turns a refusal into an error (errors.go).
// clusters.go reads clusters and adds to an error which cluster was meant; operate.go
// changes them.
package magnum
