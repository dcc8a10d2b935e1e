package cloud

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// checkPlain refuses a service without TLS where Keystone has TLS: an entry of
// the catalog, which may be a mistake or an attack, would take the token out of
// the encryption that the user chose. An address that the user gave counts.
func (c *Cloud) checkPlain(u *url.URL, serviceType string) error {
	if u.Scheme != "http" {
		return nil
	}
	if strings.HasPrefix(c.id.AuthURL, "https:") && c.override(serviceType) == "" {
		return clierr.Errorf("tell the cloud's support. If you trust the network, give the address yourself: "+overrideName(serviceType),
			"the catalog's address of service %q at %s is http while Keystone is https: the token is not sent unencrypted", serviceType, u.Host)
	}
	c.warnPlain(u, "the token")
	return nil
}

// warnPlain warns once about each host that secrets go to unencrypted. On this
// machine nobody is on the way.
func (c *Cloud) warnPlain(u *url.URL, what string) {
	if u.Scheme != "http" || isLoopback(u.Hostname()) {
		return
	}
	c.net.telling.Lock()
	warned := c.net.plain[u.Hostname()]
	if c.net.plain == nil {
		c.net.plain = map[string]bool{}
	}
	c.net.plain[u.Hostname()] = true
	c.net.telling.Unlock()
	if !warned {
		c.warn("%s is http: anyone on the way can read %s", u.Host, what)
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// overrideName is the variable that gives a service's address.
func overrideName(serviceType string) string {
	return "OS_" + strings.ToUpper(strings.ReplaceAll(serviceType, "-", "_")) + "_ENDPOINT_OVERRIDE"
}
