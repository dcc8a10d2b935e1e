// Package completion presses TAB in real shells: bash, zsh and fish, with the
// real kubectl, against a cloud inside the test.
package completion

import "github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"

// Shells is a Debian with the shells that people use, and with bash-completion.
func Shells() debian.Image {
	return debian.Image{Name: "shells", Packages: []string{"bash", "bash-completion", "fish", "zsh"}}
}
