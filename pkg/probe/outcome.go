package probe

import (
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Outcome is what a connection met.
type Outcome string

// The outcomes.
const (
	Open        Outcome = "open"        // answered
	Refused     Outcome = "refused"     // reached, but nobody listens there
	Blocked     Outcome = "blocked"     // silence
	Rejected    Outcome = "rejected"    // turned away, although our server listens there
	NoAnswer    Outcome = "no answer"   // silence of a protocol in which a server may be silent
	Unreachable Outcome = "unreachable" // the network has no way there
	Unsteady    Outcome = "unsteady"    // attempts ended differently to the last
	Failed      Outcome = "failed"      // the probe itself did not work
)

// Reality is what the network does with a flow.
type Reality string

// The realities.
const (
	Allowed Reality = "allowed"
	Denied  Reality = "denied"
	Unknown Reality = "unknown"
)

// Reality returns what the outcome shows about the network: a refusal comes from
// the other end, so the network let the flow through.
func (o Outcome) Reality() Reality {
	switch o {
	case Open, Refused:
		return Allowed
	case Blocked, Rejected:
		return Denied
	}
	return Unknown
}

// Answer is what the attempts to connect met.
type Answer struct {
	Outcome  Outcome
	Attempts []string // in order, "open" or what agnhost said
	Detail   string   // the last attempt, for Unreachable and Failed
}

// readAnswer reads what a container left. listening is set where a server of ours was
// known to answer there.
func readAnswer(message string, proto ports.Protocol, listening bool) Answer {
	var a Answer
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); line != "" {
			a.Attempts = append(a.Attempts, line)
		}
	}
	n := len(a.Attempts)
	if n == 0 {
		return Answer{Outcome: Failed, Detail: "the probe's container left no message"}
	}
	last := a.Attempts[n-1]
	a.Outcome = outcome(last, proto, listening)
	if a.Outcome == Unreachable || a.Outcome == Failed {
		a.Detail = last
	}
	if n < 2 || outcome(a.Attempts[n-2], proto, listening) != a.Outcome {
		a.Outcome = Unsteady
	}
	return a
}

func outcome(attempt string, proto ports.Protocol, listening bool) Outcome {
	word, _, _ := strings.Cut(attempt, ":")
	has := func(s string) bool { return strings.Contains(strings.ToLower(attempt), s) }
	network := word == "OTHER" || word == "UNKNOWN"
	switch {
	case word == "open":
		return Open
	case word == "REFUSED", network && has("connection refused"):
		if listening {
			return Rejected
		}
		return Refused
	case word == "TIMEOUT", network && has("timed out"):
		if listening || proto == ports.TCP {
			return Blocked
		}
		return NoAnswer
	case network && (has("no route to host") || has("unreachable")):
		if listening {
			return Rejected
		}
		return Unreachable
	}
	return Failed
}
