// Package httpbound bounds what an HTTP server can make a client wait for and
// hold in memory: a server that hangs, drips or never stops sending ends in an
// error that says so.
package httpbound
