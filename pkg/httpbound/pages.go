package httpbound

import (
	"crypto/sha256"
	"fmt"
)

// PageSize is how many objects to ask for on a page of a list, as kubectl does.
const PageSize = 500

// maxPages bounds one list: a million objects, where the server puts as many on a
// page as it is asked for.
const maxPages = 2000

// maxToken bounds what continues a list; that of an API server has 200 bytes.
const maxToken = 16 << 10

// EndlessError is a list that does not come to an end.
type EndlessError struct{ Path, Why string }

func (e *EndlessError) Error() string {
	return fmt.Sprintf("the list at %s does not come to an end: %s", e.Path, e.Why)
}

// Hint returns the next step for a person.
func (e *EndlessError) Hint() string {
	return "no API server answers so: check that the address in the kubeconfig leads to yours, and what serves an aggregated API in its place"
}

// Pages follows the pages of the list at Path, to find out that it does not end.
type Pages struct {
	Path string

	count int
	seen  map[[sha256.Size]byte]bool
}

// Continues reports whether a page, which had so many objects, is followed by
// another. A list that goes on where it was before, or with nothing in between,
// is an *EndlessError.
func (p *Pages) Continues(token string, objects int) (bool, error) {
	if token == "" {
		return false, nil
	}
	bad := func(why string) (bool, error) { return false, &EndlessError{p.Path, why} }
	sum := sha256.Sum256([]byte(token))
	p.count++
	switch {
	case len(token) > maxToken:
		return bad(fmt.Sprintf("the token that continues it is longer than %d KiB", maxToken>>10))
	case objects == 0:
		return bad("it continues after a page without objects")
	case p.seen[sum]:
		return bad("it continues where it was before")
	case p.count >= maxPages:
		return bad(fmt.Sprintf("it has more than %d pages", maxPages))
	}
	if p.seen == nil {
		p.seen = map[[sha256.Size]byte]bool{}
	}
	p.seen[sum] = true
	return true, nil
}
