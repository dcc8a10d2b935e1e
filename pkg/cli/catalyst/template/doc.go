// Package template holds the commands that show what clusters can be made from.
package template
