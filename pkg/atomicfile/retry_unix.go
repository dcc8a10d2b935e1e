//go:build !windows

package atomicfile

import "time"

// Outside of Windows no program keeps another one from opening, renaming or
// removing a file, so no error is worth a second attempt.

func openLimit(error) time.Duration { return 0 }

func renameLimit(error) time.Duration { return 0 }

func removeLimit(error) time.Duration { return 0 }
