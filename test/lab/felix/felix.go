// Package felix is a test bed with the data plane that enforces network policies
// on Catalyst Cloud: a node on which Calico's real agent, Felix, programs real
// iptables rules for pods that are network namespaces.
//
// A node is a network namespace of its own with a real etcd and kube-apiserver in
// it, Calico's resource definitions, and Felix. Its pods are wired as Calico's CNI
// plugin would: IPv4 and, when asked for, IPv6. Behind the node there is an
// outside in which any address can be had. Everybody answers with a name, so that
// a probe tells who was reached.
//
// Nothing is installed into the machine and nothing but one port on 127.0.0.1, the
// API server's, can be seen from outside the namespaces, so nodes run side by side.
// They end with the process that started them, however that ends. Felix and the
// API server are built into the test cache first, which takes minutes.
//
// It runs on Linux, as root.
package felix
