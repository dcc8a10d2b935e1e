// Package login logs in to clusters. Run is the whole of it: it reads the
// kubeconfig, signs in, asks Magnum for what the entry of each cluster needs (where
// its API server is, the CA to verify it with, in certificate mode a client
// certificate), chooses the route and the names, writes, and asks each API server
// for its version. What a colleague shared as a file takes the same road without
// OpenStack.
package login
