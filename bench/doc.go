// Package bench measures the programs as their users run them, as whole
// processes, against what people use today, in turn and in one run. The
// figures are in README.md; `make bench` reproduces them on Linux.
package bench
