// Package address reads addresses of API servers. It links none of the libraries that
// speak with one.
package address

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxHost is the length of the longest DNS name (RFC 1035 section 2.3.4).
const maxHost = 253

// ErrNoTLS is the error of Parse for an address that is http and
// otherwise good.
var ErrNoTLS = errors.New("it is http, which is not encrypted")

// Parse reads the address of an API server that somebody else named. It
// must be an https URL of a DNS name or an IP address and may have a port and a
// path: it goes into a kubeconfig, onto a terminal and into the arguments of
// programs, and whoever named it may want it to be read in two ways.
func Parse(raw string) (*url.URL, error) {
	if len(raw) > 4*maxHost {
		return nil, errors.New("it is too long")
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'`\\<>^{|}", r) }) {
		return nil, errors.New("it holds a character that is not allowed in a URL")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return nil, errors.New("it names no host")
	case u.User != nil:
		return nil, errors.New("it names a user")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return nil, errors.New("it has a query or a fragment")
	case !isHost(u.Hostname()):
		return nil, errors.New("its host is neither a DNS name nor an IP address")
	case !isPort(u):
		return nil, errors.New("its port is not a number from 1 to 65535")
	case u.Scheme == "http":
		return nil, ErrNoTLS
	case u.Scheme != "https":
		return nil, errors.New("it is not https")
	}
	return u, nil
}

// isHost reports whether a host is an IP address or a DNS name. A name that ends
// with a number would be read as an address by some programs.
func isHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !strings.ContainsFunc(ip.Zone(), func(r rune) bool { return !isLabelRune(r) && r != '.' })
	}
	name := strings.TrimSuffix(host, ".")
	if len(name) > maxHost {
		return false
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.ContainsFunc(l, func(r rune) bool { return !isLabelRune(r) }) {
			return false
		}
	}
	_, err := strconv.ParseUint(labels[len(labels)-1], 0, 64)
	return err != nil
}

func isLabelRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// isPort reports whether the port of a URL is missing or good.
func isPort(u *url.URL) bool {
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0 || u.Port() == "" && !strings.HasSuffix(u.Host, ":")
}
