//go:build !linux

package proc

import (
	"errors"
	"fmt"
	"os/exec"
)

// Test beds run on Linux alone; elsewhere the package only has to compile.

func tether(*exec.Cmd) {}

// Isolate does nothing on this system.
func Isolate(*exec.Cmd) {}

// Unplug does nothing on this system.
func Unplug(*exec.Cmd) {}

// RunTethered runs a command to its end.
func RunTethered(cmd *exec.Cmd) error {
	cmd.WaitDelay = waitDelay
	return cmd.Run()
}

// Reserve does not work on this system.
func Reserve() (*Port, error) {
	return nil, fmt.Errorf("reserving a port: %w", errors.ErrUnsupported)
}
