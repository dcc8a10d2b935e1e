package tunnel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind says in one word why a tunnel does not stand.
type Kind string

// What can go wrong.
const (
	NoSSH         Kind = "NoSSH"         // there is no ssh program
	NoName        Kind = "NoName"        // the bastion's name does not resolve
	NoBastion     Kind = "NoBastion"     // nothing answers at its address
	Silent        Kind = "Silent"        // it did not finish in time
	UnknownHost   Kind = "UnknownHost"   // its key is not known, or not the one that is
	ChangedHost   Kind = "ChangedHost"   // its key is another one than last time
	Denied        Kind = "Denied"        // it did not let the user in
	NoForwarding  Kind = "NoForwarding"  // its sshd forwards nothing
	NoAPI         Kind = "NoAPI"         // it does not reach the API server
	Lost          Kind = "Lost"          // the connection ended
	Misconfigured Kind = "Misconfigured" // ssh did not understand its configuration
	Other         Kind = "Other"
)

// Failure says why a tunnel does not stand, in ssh's own words where it said any.
type Failure struct {
	Kind    Kind
	Bastion Bastion
	Target  string
	Said    []string // the lines of ssh that matter
	Err     error
}

func (f *Failure) Error() string {
	text := "the tunnel through " + f.Bastion.String()
	switch f.Kind {
	case NoSSH:
		return fmt.Sprintf("%s cannot be made: %v", text, f.Err)
	case NoAPI, NoForwarding:
		text += " does not reach " + f.Target
	default:
		text += " failed"
	}
	if said := strings.Join(f.Said, " / "); said != "" {
		return text + ": " + said
	}
	return fmt.Sprintf("%s: %v", text, f.Err)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Hint returns the next step for a person.
func (f *Failure) Hint() string {
	try := "'" + f.Bastion.command() + "'"
	switch f.Kind {
	case NoSSH:
		return "install the OpenSSH client: 'ssh' has to be in a folder of PATH"
	case NoName:
		return "check the bastion's name, or give it an entry in ~/.ssh/config"
	case NoBastion, Silent:
		return "check that the bastion runs and that its security group lets this machine in; " + try + " has to work"
	case UnknownHost:
		return "run " + try + " in a terminal once and compare the key it shows with the bastion's"
	case ChangedHost:
		return "find out why the bastion's key is another one before you trust it; ssh-keygen -R forgets the old one"
	case Denied:
		return try + " has to work; a key with a passphrase has to be in the agent (ssh-add), or run this in a terminal, where ssh can ask for it"
	case NoForwarding:
		return "the bastion's sshd has to allow forwarding: AllowTcpForwarding and PermitOpen in its sshd_config"
	case NoAPI:
		return "check that the bastion is in the network of the cluster, and api_master_lb_allowed_cidrs of the cluster"
	case Misconfigured:
		return "mend what ssh complains about, then try " + try
	default:
		return "run the command again; if it stays, try " + try
	}
}

// signs are what OpenSSH writes to stderr, in the order in which they count; it
// writes English whatever the locale.
func signs() []sign {
	return []sign{
		{ChangedHost, `REMOTE HOST IDENTIFICATION HAS CHANGED|[Hh]ost key for \S+ has changed`},
		{UnknownHost, `Host key verification failed|No \S+ host key is known`},
		{Denied, `Permission denied|Too many authentication failures|no mutual signature|sign_and_send_pubkey|account is (locked|not available)|No supported authentication methods`},
		{NoName, `Could not resolve hostname|nodename nor servname`},
		{NoForwarding, `administratively prohibited|forwarding (is )?disabled|port forwarding .*refused`},
		{NoAPI, `open failed: connect failed|open failed: (unknown|resource)`},
		{NoBastion, `^ssh: connect to host|Connection (refused|timed out)|No route to host|Network is unreachable|kex_exchange_identification|banner exchange`},
		{Misconfigured, `Bad configuration option|Bad owner or permissions|bad configuration|unknown option|usage: ssh|[Ii]nvalid`},
		{Lost, `Connection (reset|closed)|Broken pipe|not responding|client_loop|closed by remote host`},
	}
}

type sign struct {
	kind    Kind
	pattern string
}

// mostLines is how many of ssh's lines an error shows.
const mostLines = 3

// explain finds in what ssh said why it failed.
func explain(spec Spec, lines []string, err error) error {
	f := &Failure{Kind: Other, Bastion: spec.Bastion, Target: spec.Target, Err: err}
	for _, s := range signs() {
		pattern := regexp.MustCompile(s.pattern)
		matching := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !pattern.MatchString(l) })
		if len(matching) == 0 {
			continue
		}
		f.Kind, f.Said = s.kind, matching
		break
	}
	if len(f.Said) == 0 {
		f.Said = lines[max(0, len(lines)-mostLines):]
	}
	f.Said = f.Said[:min(len(f.Said), mostLines)]
	return f
}
