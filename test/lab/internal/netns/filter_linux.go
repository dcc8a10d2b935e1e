package netns

import (
	"fmt"

	"syscall"
)

// netfilter is the head of a message to netfilter.
func netfilter(family byte) []byte { return []byte{family, 0, 0, 0} }

// ForgetConnections empties the table of connections that netfilter tracks.
func (n *Namespace) ForgetConnections() error {
	err := n.Do(func() error {
		_, err := request(netlinkNetfilter, conntrackDelete, syscall.NLM_F_ACK, netfilter(syscall.AF_UNSPEC))
		return err
	})
	if err != nil {
		return fmt.Errorf("forgetting connections: %w", err)
	}
	return nil
}

// Rules returns the rules of the filter table that iptables keeps in nftables for
// a family of addresses, as the kernel encodes them.
func (n *Namespace) Rules(six bool) (rules [][]byte, err error) {
	family := byte(syscall.AF_INET)
	if six {
		family = syscall.AF_INET6
	}
	err = n.Do(func() error {
		rules, err = request(netlinkNetfilter, rulesGet, syscall.NLM_F_DUMP,
			join(netfilter(family), text(ruleTable, "filter")))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the filter table: %w", err)
	}
	return rules, nil
}
