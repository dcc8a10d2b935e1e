// Package odd runs the project's own tests once where nothing is as usual: as
// another user, with strange variables, a hostile home and programs on PATH that
// must not be run. A test that depends on what the machine has fails there.
package odd
