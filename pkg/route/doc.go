// Package route leads to the API server of a cluster: straight, through a proxy,
// or through a bastion, with a tunnel that the user's own ssh makes. What a
// kubeconfig entry says about that is read and chosen here.
package route
