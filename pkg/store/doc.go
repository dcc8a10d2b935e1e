// Package store is the private cache of tokens and certificates: a folder that
// only its owner can enter, a file per key replaced in one step, and a lock per
// key so that of many processes one does the work.
package store
