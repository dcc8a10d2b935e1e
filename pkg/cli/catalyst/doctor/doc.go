// Package doctor holds the command that finds what is wrong between a machine and
// a working cluster: it asks, and pkg/doctor says what the answers mean.
package doctor
