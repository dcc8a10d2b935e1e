// Package atomicfile replaces a file in one step: a reader, or a machine that
// loses power, sees the whole old content or the whole new one.
package atomicfile
