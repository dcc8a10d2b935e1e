package kubeconfig

// doubtful returns the part of the file that clientcmd has to be asked about.
func (d *doc) doubtful() string { return d.src }
