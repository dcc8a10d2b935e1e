// Package explain answers for one pair of ends: whether the flow is allowed, and
// which rules of which policies decide. It walks the rules down one by one, where
// package verdict has worked them in for all entities at once.
package explain
