package ports

// Union returns the ports that are in s or in t.
func (s Set) Union(t Set) Set {
	switch {
	case s.Empty() || s == t:
		return t
	case t.Empty():
		return s
	}
	out := make([]span, 0, s.len()+t.len())
	for i, j := 0, 0; i < s.len() || j < t.len(); {
		var next span
		if j == t.len() || i < s.len() && s.at(i).lo <= t.at(j).lo {
			next, i = s.at(i), i+1
		} else {
			next, j = t.at(j), j+1
		}
		if n := len(out); n > 0 && joins(out[n-1], next) {
			out[n-1].hi = max(out[n-1].hi, next.hi)
		} else {
			out = append(out, next)
		}
	}
	return encode(out)
}

// joins reports whether b, which does not start before a, overlaps or touches a.
// Spans of two protocols never do: port 0 of the next one is not in any set.
func joins(a, b span) bool { return b.lo <= a.hi+1 }

// Intersect returns the ports that are in both.
func (s Set) Intersect(t Set) Set {
	switch {
	case s == t || t.enc == all:
		return s
	case s.enc == all:
		return t
	}
	var out []span
	for i, j := 0, 0; i < s.len() && j < t.len(); {
		a, b := s.at(i), t.at(j)
		if lo, hi := max(a.lo, b.lo), min(a.hi, b.hi); lo <= hi {
			out = append(out, span{lo, hi})
		}
		if a.hi < b.hi {
			i++
		} else {
			j++
		}
	}
	return encode(out)
}

// Minus returns the ports of s that are not in t.
func (s Set) Minus(t Set) Set {
	if s == t {
		return Set{}
	}
	var out []span
	j := 0
	for i := range s.len() {
		a := s.at(i)
		for ; j < t.len() && t.at(j).hi < a.lo; j++ {
		}
		open := true
		for k := j; open && k < t.len() && t.at(k).lo <= a.hi; k++ {
			b := t.at(k)
			if b.lo > a.lo {
				out = append(out, span{a.lo, b.lo - 1})
			}
			open = b.hi < a.hi
			a.lo = b.hi + 1
		}
		if open {
			out = append(out, a)
		}
	}
	return encode(out)
}
