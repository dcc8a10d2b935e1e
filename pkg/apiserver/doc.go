// Package apiserver talks JSON to a Kubernetes API server and explains why one does
// not answer. It knows no kinds: callers bring slim structs with the fields they
// need, which keeps the typed clients, and tens of megabytes, out of the program.
//
// A Client comes from New, which reaches the server as a kubeconfig says, or from an
// Endpoint, where this program itself knows the way, the CA and the credential. Both
// tell the same Kinds of failure apart, see Is; what an Endpoint's client returns is
// always an *Error, with a hint about the way there.
package apiserver
