// Package program compiles tiers of rules into one list of policies and one of
// rules, in the order of evaluation. What they share is interned: ten thousand
// policies mention a few hundred selectors and ports.
//
// A program knows the policies only. What they match is found in package space.
package program
