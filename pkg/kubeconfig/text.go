package kubeconfig

import "unsafe"

// Kubeconfigs reach tens of megabytes; these look at their bytes as text, and
// back, without a copy. The bytes must not change as long as the text is used;
// a text that is handed out as bytes must not be used any more.

func asText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func asBytes(s string) []byte {
	if s == "" {
		return []byte{} // not nil, which would mean that there is no file
	}
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
