// Package prereq answers whether the openstack command on this machine has the
// python-magnumclient that Catalyst Cloud Kubernetes asks for, without starting
// Python: it reads how openstack is launched (launcher.go), works out where that
// Python looks for packages (python.go, syspath.go), and reads the packages' own
// metadata there (metadata.go).
package prereq
