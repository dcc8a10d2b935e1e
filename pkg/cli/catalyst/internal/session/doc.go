// Package session is what the command groups of the plugin have in common: who
// the user is to OpenStack, their sign-in, their Magnum, and their logins.
package session
