package kubeconfig

import "unsafe"

// Kubeconfigs reach tens of megabytes; these look at their bytes as text, and
// back, without a copy. The bytes must not change as long as the text is used,
// and bytes seen this way are for reading only.

func asText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func asBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
