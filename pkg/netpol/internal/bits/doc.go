// Package bits holds immutable sets of small numbers below a common bound. A set
// that is thin is a list, one that is not is a field of bits, and the full set is
// neither, so that ten thousand sets over a hundred thousand numbers fit.
package bits
