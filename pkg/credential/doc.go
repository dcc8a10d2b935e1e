// Package credential obtains what a user shows a cluster's API server, a Keystone
// token or a client certificate, caches it privately and hands it to kubectl as an
// ExecCredential.
//
// Provider (provider.go) answers a call of the exec plugin: it makes sure that the CA
// of the kubeconfig is the cluster's (trust.go), takes the credential from the cache
// (cache.go) or obtains one (issue.go), and asks the API server from time to time
// whether it still accepts it.
package credential
