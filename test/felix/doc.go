// Package felix holds the policy engine against reality: every cell of every table
// here is asked of the engine and of Calico's own data plane, Felix, with pods that
// really connect to one another (test/lab/felix). Where the two differ, one of them
// is wrong: the engine, which is then mended, or Calico, which then has its place in
// docs/network-policy-disagreements.md.
package felix
