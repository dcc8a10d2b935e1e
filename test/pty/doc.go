// Package pty gives a program that is tested a terminal, types into it and reads
// what it shows. It works on Linux; tests that need it are built there only.
package pty
