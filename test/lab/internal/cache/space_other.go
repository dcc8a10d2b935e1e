//go:build !linux

package cache

import "errors"

// freeBytes is not known on this system, where little is made.
func freeBytes(string) (uint64, error) { return 0, errors.ErrUnsupported }
