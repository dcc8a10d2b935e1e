// Package support collects what a support ticket about a cluster needs into one
// bundle that is safe to send: what OpenStack and the cluster say, what this machine
// sees of the API server, and which programs are involved. Secrets are removed from
// everything, and a manifest names what was collected, what was left out, and why.
//
// Collect (support.go) asks for the parts, Bundle (bundle.go) holds and formats.go
// writes them. scrub.go removes the secrets: those that are known (knownsecrets.go),
// those of a known shape (shapes.go), and those behind a name (secretnames.go,
// assignments.go).
package support
