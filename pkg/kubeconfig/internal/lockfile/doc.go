// Package lockfile takes the locks that kubectl takes before it writes to a
// kubeconfig: a file of the kubeconfig's name with ".lock" after it, which must
// not exist yet. Unlike kubectl's, a lock of ours says whose it is and ends with
// its process, so that one that a killed process left behind is found and removed.
package lockfile
