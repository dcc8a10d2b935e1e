package magnum

import "strings"

// alike reports whether a was perhaps meant when b was typed: but for case they
// are the same, one begins with the other, or few letters differ.
func alike(a, b string) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x) >= 3 && len(y) >= 3 && (strings.HasPrefix(string(x), string(y)) || strings.HasPrefix(string(y), string(x))) {
		return true
	}
	return distance(x, y) <= (max(len(x), len(y))+2)/3
}

// distance counts the letters to insert, remove or replace between a and b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
