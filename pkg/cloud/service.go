package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Service returns a client for a service of the catalog, such as
// "container-infra", in the session's region and over its interface. It does
// not use the network. When a service refuses the token, the client renews it
// through the session once per request.
func (s *Session) Service(serviceType string) (*gophercloud.ServiceClient, error) {
	endpoint, region, err := s.locate(serviceType)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, clierr.Errorf("ask the cloud's support, or set an endpoint override",
			"the catalog's address of service %q in region %q is not an http or https URL", serviceType, region)
	}
	if err := s.account().checkPlain(u, serviceType); err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(s.Regions(serviceType), func(r string) bool { return r == region })
	c := s.account()
	hc, err := c.httpClient(place{service: serviceType, region: region, url: u.Redacted(), others: others})
	if err != nil {
		return nil, err
	}
	p := c.provider(hc)
	p.SetToken(s.Token().ID)
	p.ReauthFunc = func(ctx context.Context) error {
		if err := s.renew(ctx, p.Token()); err != nil {
			return err
		}
		p.SetToken(s.Token().ID)
		return nil
	}
	sc := &gophercloud.ServiceClient{ProviderClient: p, Endpoint: gophercloud.NormalizeURL(endpoint), Type: serviceType}
	if strings.HasPrefix(serviceType, "container-infra") && !strings.Contains(u.Path, "/v1") {
		sc.ResourceBase = sc.Endpoint + "v1/" // some catalogs leave the version to the client
	}
	return sc, nil
}

// locate finds a service's endpoint and the region it is in.
func (s *Session) locate(serviceType string) (endpoint, region string, err error) {
	if override := s.account().override(serviceType); override != "" {
		return override, s.Region(), nil
	}
	cat, err := s.parsedCatalog()
	if err != nil {
		return "", "", err
	}
	id := s.account().id
	urls := cat.endpoints(serviceType, id.Interface)
	if len(urls) == 0 {
		var types []string
		for _, e := range cat.entries {
			types = append(types, e.Type)
		}
		slices.Sort(types)
		return "", "", clierr.Errorf("the catalog has "+listed(types),
			"the cloud's catalog has no service %q with a %s endpoint", serviceType, id.Interface)
	}
	region, regions := id.Region, slices.Sorted(maps.Keys(urls))
	if region == "" && len(regions) == 1 {
		region = regions[0]
	}
	choose := "choose one with --os-region-name: " + listed(regions)
	switch endpoint, ok := urls[region]; {
	case ok:
		return endpoint, region, nil
	case region == "":
		return "", "", clierr.New(clierr.Usage, choose, "service %q is offered in several regions and none is chosen", serviceType)
	}
	return "", "", clierr.Errorf(choose, "service %q is not offered in region %q", serviceType, region)
}

// Region returns the region in use: the one that was chosen, or the only one
// there is; "" while several are left to choose from.
func (s *Session) Region() string {
	if region := s.account().id.Region; region != "" {
		return region
	}
	cat, err := s.parsedCatalog()
	if err != nil {
		return ""
	}
	var all []string
	for _, entry := range cat.entries {
		for _, e := range entry.Endpoints {
			all = append(all, cmp.Or(e.RegionID, e.Region))
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 1 {
		return all[0]
	}
	return ""
}

// Regions lists the regions in which a service is offered, sorted; nil when it
// is offered nowhere.
func (s *Session) Regions(serviceType string) []string {
	cat, err := s.parsedCatalog()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(cat.endpoints(serviceType, s.account().id.Interface)))
}

func (s *Session) parsedCatalog() (*catalog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.catalog != nil {
		return s.catalog, nil
	}
	var c catalog
	if len(s.rec.catalog) > 0 {
		if err := json.Unmarshal(s.rec.catalog, &c.entries); err != nil {
			return nil, clierr.Errorf("sign in again with --no-cache", "reading the catalog of %s: %w", hostOf(s.rec.AuthURL), err)
		}
	}
	s.catalog = &c
	return &c, nil
}

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

// override returns the address that clouds.yaml or a variable puts in place of
// the catalog's, as in container_infra_endpoint_override.
func (c *Cloud) override(serviceType string) string {
	eo := gophercloud.EndpointOpts{}
	eo.ApplyDefaults(serviceType)
	for _, name := range eo.Types() {
		key := strings.ReplaceAll(name, "-", "_") + "_endpoint_override"
		if v := cmp.Or(c.opts.Getenv("OS_"+strings.ToUpper(key)), c.conf[key]); v != "" {
			return v
		}
	}
	return ""
}

// overrideName is the variable that gives a service's address.
func overrideName(serviceType string) string {
	return "OS_" + strings.ToUpper(strings.ReplaceAll(serviceType, "-", "_")) + "_ENDPOINT_OVERRIDE"
}
