package tunnel

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// failureKind is why there is no tunnel.
type failureKind int

const (
	otherFailure   failureKind = iota
	noSSH                      // there is no ssh program
	noName                     // the bastion's name does not resolve
	noBastion                  // nothing answers at its address
	noAnswer                   // it did not finish in time
	unknownHost                // its key is not known, or not the one that is
	changedHost                // its key is another one than last time
	denied                     // it did not let the user in
	noForwarding               // its sshd forwards nothing
	noAPI                      // it does not reach the API server
	connectionLost             // the connection ended
	misconfigured              // ssh did not understand its configuration
)

// failure is the error about a tunnel that did not come up or broke, with the lines
// of ssh's log that say why, where there are any.
type failure struct {
	kind    failureKind
	bastion Bastion
	target  string
	log     []string
	err     error
}

func (f *failure) Error() string {
	text := "the tunnel through " + f.bastion.String()
	switch f.kind {
	case noSSH:
		return fmt.Sprintf("%s cannot be made: %v", text, f.err)
	case noAPI, noForwarding:
		text += " does not reach " + f.target
	default:
		text += " failed"
	}
	if log := strings.Join(f.log, " / "); log != "" {
		return text + ": " + log
	}
	return fmt.Sprintf("%s: %v", text, f.err)
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.err }

// Hint returns the next step for a person.
func (f *failure) Hint() string {
	try := "'" + f.bastion.command() + "'"
	switch f.kind {
	case noSSH:
		return "install the OpenSSH client: 'ssh' has to be in a folder of PATH"
	case noName:
		return "check the bastion's name, or give it an entry in ~/.ssh/config"
	case noBastion, noAnswer:
		return "check that the bastion runs and that its security group lets this machine in; " + try + " has to work"
	case unknownHost:
		return "run " + try + " in a terminal once and compare the key it shows with the bastion's"
	case changedHost:
		return "find out why the bastion's key is another one before you trust it; ssh-keygen -R forgets the old one"
	case denied:
		return try + " has to work; a key with a passphrase has to be in the agent (ssh-add), or run this in a terminal, where ssh can ask for it"
	case noForwarding:
		return "the bastion's sshd has to allow forwarding: AllowTcpForwarding and PermitOpen in its sshd_config"
	case noAPI:
		return "check that the bastion is in the network of the cluster, and api_master_lb_allowed_cidrs of the cluster"
	case misconfigured:
		return "mend what ssh complains about, then try " + try
	default:
		return "run the command again; if it stays, try " + try
	}
}

// failurePatterns are what OpenSSH writes to stderr, in the order in which they
// count; it writes English whatever the locale.
func failurePatterns() []failurePattern {
	return []failurePattern{
		{changedHost, `REMOTE HOST IDENTIFICATION HAS CHANGED|[Hh]ost key for \S+ has changed`},
		{unknownHost, `Host key verification failed|No \S+ host key is known`},
		{denied, `Permission denied|Too many authentication failures|no mutual signature|sign_and_send_pubkey|account is (locked|not available)|No supported authentication methods`},
		{noName, `Could not resolve hostname|nodename nor servname`},
		{noForwarding, `administratively prohibited|forwarding (is )?disabled|port forwarding .*refused`},
		{noAPI, `open failed: connect failed|open failed: (unknown|resource)`},
		{noBastion, `^ssh: connect to host|Connection (refused|timed out)|No route to host|Network is unreachable|kex_exchange_identification|banner exchange`},
		{misconfigured, `Bad configuration option|Bad owner or permissions|bad configuration|unknown option|usage: ssh|[Ii]nvalid`},
		{connectionLost, `Connection (reset|closed)|Broken pipe|not responding|client_loop|closed by remote host`},
	}
}

type failurePattern struct {
	kind    failureKind
	pattern string
}

// maxErrorLines is how many of ssh's lines an error shows.
const maxErrorLines = 3

// classifyFailure finds in ssh's log why it failed.
func classifyFailure(spec Spec, log []string, err error) error {
	f := &failure{bastion: spec.Bastion, target: spec.Target, err: err}
	for _, s := range failurePatterns() {
		pattern := regexp.MustCompile(s.pattern)
		matching := slices.DeleteFunc(slices.Clone(log), func(l string) bool { return !pattern.MatchString(l) })
		if len(matching) == 0 {
			continue
		}
		f.kind, f.log = s.kind, matching
		break
	}
	if len(f.log) == 0 {
		f.log = log[max(0, len(log)-maxErrorLines):]
	}
	f.log = f.log[:min(len(f.log), maxErrorLines)]
	return f
}

// hintOf returns the next step that a failure names.
func hintOf(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.Hint()
	}
	return ""
}
