package atomicfile

// SyncDir does nothing on Windows: NTFS journals the rename and a folder
// handle cannot be flushed.
func SyncDir(string) error { return nil }
