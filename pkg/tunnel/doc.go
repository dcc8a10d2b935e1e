// Package tunnel leads to an API server that only a bastion can reach: a process
// in the background listens on a port of 127.0.0.1 as an HTTP proxy for that one
// API server, and the user's own ssh carries what comes in.
//
// The port is part of the kubeconfig entry (proxy-url), so it never changes. The
// process is started when somebody needs it, serves every kubectl of its user, and
// ends when nobody has used it for a while. Who wants to use it first makes sure
// that the process on the port is this one: the two share a secret that lies in
// the user's private cache.
//
// TLS goes through untouched: the client verifies the API server itself, under the
// name and with the CA that it has without a tunnel.
package tunnel
