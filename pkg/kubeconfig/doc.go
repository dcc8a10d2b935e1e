// Package kubeconfig adds clusters to a kubeconfig and takes them out again
// without hurting anything else in it.
//
// Two layers: Merge, Remove, List and Diff work on bytes alone; Files finds the
// files that kubectl would use and replaces them under kubectl's own lock. The
// text is edited by splicing: every byte outside the entries this program made
// stays as it was, and a result that does not prove so is refused.
//
// From the bytes up, each file needs those before it alone: entry.go and record.go
// (a login, and the note about it in its entry), document.go (the three
// lists with their places in the text, read by internal/yamlspan), splice.go and
// edit.go (changes of the text), wanted.go and check.go (what the result must be),
// merge.go and remove.go (a login, a logout). Then the files: locate.go,
// readfile.go, replace.go, session.go (one edit under internal/lockfile's locks),
// retry.go (once more where another program undid it), mergefiles.go and files.go.
package kubeconfig
