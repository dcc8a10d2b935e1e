package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Header is the part that all answers have: whether something is left out.
type Header struct {
	Complete   bool     `json:"complete"`
	Incomplete []string `json:"incomplete"`
}

// NewHeader returns the header for the reasons why an answer is incomplete.
func NewHeader(incomplete []string) Header {
	if incomplete == nil {
		incomplete = []string{}
	}
	return Header{Complete: len(incomplete) == 0, Incomplete: incomplete}
}

// byName are the protocols as their names sort: rows of text are sorted as text.
var byName = [...]ports.Protocol{ports.SCTP, ports.TCP, ports.UDP}

// cell quotes what would be taken for more than one cell (RFC 4180).
func cell(s string) string {
	if strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func flush(b *bufio.Writer) error {
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// portsByProtocol returns the ports of each protocol that has any, as in CSV.
func portsByProtocol(s ports.Set) map[string]string {
	out := make(map[string]string, 3)
	for _, p := range byName {
		if text := s.Format(p); text != "" {
			out[p.String()] = text
		}
	}
	return out
}

// Phrase writes ports as people do: "all ports", "TCP 80,443 UDP 53".
func Phrase(s ports.Set) string {
	if s == ports.All() {
		return "all ports"
	}
	return s.String()
}
