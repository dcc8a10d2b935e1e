package tunnel

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Bastion is a host that ssh can log in to and from which an API server can be
// reached. User and Port are "" where ssh's own configuration decides.
type Bastion struct{ User, Host, Port string }

// ParseBastion reads [USER@]HOST[:PORT] or ssh://[USER@]HOST[:PORT]. HOST may be
// an alias of ssh_config; an IPv6 address with a port stands in brackets.
func ParseBastion(text string) (Bastion, error) {
	bad := func(why string) (Bastion, error) {
		hint := "write it as for ssh: USER@HOST, USER@HOST:PORT or ssh://USER@HOST:PORT; HOST may be an alias of ~/.ssh/config"
		return Bastion{}, clierr.New(clierr.Usage, hint, "%q is not a bastion: %s", text, why)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return bad("it holds a space or a control character")
	}
	rest := strings.TrimPrefix(text, "ssh://")
	if rest != text {
		rest = strings.TrimSuffix(rest, "/")
	}
	var b Bastion
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if b.User, rest = rest[:i], rest[i+1:]; b.User == "" {
			return bad("the user is empty")
		}
	}
	var ok bool
	if b.Host, b.Port, ok = splitPort(rest); !ok {
		return bad("the port is not a number from 1 to 65535")
	}
	switch {
	case b.Host == "":
		return bad("the host is empty")
	case strings.HasPrefix(b.Host, "-") || strings.HasPrefix(b.User, "-"):
		return bad("ssh would take it for an option") // and an option can run any program
	case strings.ContainsAny(b.Host, `/\'"`+"`$;&|<>()[]{}*?!#"):
		return bad("that is no host name")
	case strings.Contains(b.Host, ":") && !isIPv6(b.Host):
		return bad("that is no host name")
	case strings.ContainsAny(b.User, `:/'"`+"`$;&|<>(){}"):
		return bad("that is no user name")
	}
	return b, nil
}

// splitPort separates the port. Colons without brackets are an IPv6 address when
// there are several.
func splitPort(text string) (host, port string, ok bool) {
	if inner, after, closed := strings.Cut(strings.TrimPrefix(text, "["), "]"); closed && text[0] == '[' {
		port, has := strings.CutPrefix(after, ":")
		return inner, port, isIPv6(inner) && (after == "" || has && validPort(port))
	}
	if strings.Count(text, ":") != 1 {
		return text, "", true
	}
	host, port, _ = strings.Cut(text, ":")
	return host, port, validPort(port)
}

// validPort reports whether text is the number of a port.
func validPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}

func isIPv6(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is6()
}

// String returns b in the form that ParseBastion reads.
func (b Bastion) String() string {
	text := b.Host
	if b.Port != "" && isIPv6(b.Host) {
		text = "[" + text + "]"
	}
	if b.User != "" {
		text = b.User + "@" + text
	}
	if b.Port != "" {
		n, _ := strconv.Atoi(b.Port) // checked when it was parsed
		text += ":" + strconv.Itoa(n)
	}
	return text
}

// command returns the ssh command that logs in to b, for a person to try.
func (b Bastion) command() string {
	return strings.Join(append([]string{"ssh"}, b.arguments()...), " ")
}

// arguments returns those of ssh for where to log in.
func (b Bastion) arguments() []string {
	var args []string
	if b.Port != "" {
		args = append(args, "-p", b.Port)
	}
	host := b.Host
	if b.User != "" {
		host = b.User + "@" + host
	}
	return append(args, "--", host)
}
