package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// ServiceError is a service that the cloud does not offer to this project.
type ServiceError struct {
	Service   string
	Interface string
	Services  []string // what there is
}

func (e *ServiceError) Error() string {
	return fmt.Sprintf("the cloud's catalog has no service %q with a %s endpoint", e.Service, e.Interface)
}

// RegionError is a region without the service, or a choice among several that
// has to be made.
type RegionError struct {
	Service string
	Region  string   // "" when none was chosen
	Regions []string // where the service is
}

func (e *RegionError) Error() string {
	if e.Region == "" {
		return fmt.Sprintf("service %q is offered in several regions and none is chosen", e.Service)
	}
	return fmt.Sprintf("service %q is not offered in region %q", e.Service, e.Region)
}

// catalog is what a token's catalog says.
type catalog struct {
	entries []tokens.CatalogEntry
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

// endpoints returns a service's endpoints of one interface, region by region,
// the first of each.
func (c *catalog) endpoints(serviceType, iface string) map[string]string {
	eo := gophercloud.EndpointOpts{}
	eo.ApplyDefaults(serviceType)
	types := eo.Types()
	urls := map[string]string{}
	for _, entry := range c.entries {
		if !slices.Contains(types, entry.Type) {
			continue
		}
		for _, e := range entry.Endpoints {
			region := first(e.RegionID, e.Region)
			if _, there := urls[region]; !there && e.Interface == iface {
				urls[region] = e.URL
			}
		}
	}
	return urls
}

// Region returns the region in use: the one that was chosen, or the only one
// there is; "" while several are left to choose from.
func (s *Session) Region() string {
	if s.c.id.Region != "" {
		return s.c.id.Region
	}
	cat, err := s.parsedCatalog()
	if err != nil {
		return ""
	}
	var all []string
	for _, entry := range cat.entries {
		for _, e := range entry.Endpoints {
			all = append(all, first(e.RegionID, e.Region))
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
	return slices.Sorted(maps.Keys(cat.endpoints(serviceType, s.c.id.Interface)))
}

// Service returns a client for a service of the catalog, such as
// "container-infra", in the session's region and over its interface. It does
// not use the network. Errors that are a *RegionError or *ServiceError tell
// what there is instead. When a service refuses the token, the client renews it
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
	others := slices.DeleteFunc(s.Regions(serviceType), func(r string) bool { return r == region })
	hc, err := s.c.httpClient(place{service: serviceType, region: region, url: u.Redacted(), others: others})
	if err != nil {
		return nil, err
	}
	p := s.c.provider(hc)
	p.SetToken(s.Token().ID)
	p.ReauthFunc = func(ctx context.Context) error {
		if err := s.renew(ctx, p.Token()); err != nil {
			return err
		}
		p.SetToken(s.Token().ID)
		return nil
	}
	return &gophercloud.ServiceClient{ProviderClient: p, Endpoint: gophercloud.NormalizeURL(endpoint), Type: serviceType}, nil
}

// locate finds a service's endpoint and the region it is in.
func (s *Session) locate(serviceType string) (endpoint, region string, err error) {
	if override := s.c.override(serviceType); override != "" {
		return override, s.Region(), nil
	}
	cat, err := s.parsedCatalog()
	if err != nil {
		return "", "", err
	}
	id := s.c.id
	urls := cat.endpoints(serviceType, id.Interface)
	if len(urls) == 0 {
		var types []string
		for _, e := range cat.entries {
			types = append(types, e.Type)
		}
		slices.Sort(types)
		return "", "", clierr.Errorf("the catalog has "+listed(types), "%w",
			&ServiceError{Service: serviceType, Interface: id.Interface, Services: slices.Compact(types)})
	}
	region, regions := id.Region, slices.Sorted(maps.Keys(urls))
	if region == "" && len(regions) == 1 {
		region = regions[0]
	}
	endpoint, ok := urls[region]
	if !ok {
		code := clierr.Failure
		if region == "" {
			code = clierr.Usage
		}
		return "", "", clierr.New(code, "choose one with --os-region-name: "+listed(regions), "%w",
			&RegionError{Service: serviceType, Region: region, Regions: regions})
	}
	return endpoint, region, nil
}

// override returns the address that clouds.yaml or a variable puts in place of
// the catalog's, as in container_infra_endpoint_override.
func (c *Cloud) override(serviceType string) string {
	eo := gophercloud.EndpointOpts{}
	eo.ApplyDefaults(serviceType)
	for _, name := range eo.Types() {
		key := strings.ReplaceAll(name, "-", "_") + "_endpoint_override"
		if v := first(c.opts.Getenv("OS_"+strings.ToUpper(key)), c.conf[key]); v != "" {
			return v
		}
	}
	return ""
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no service at all"
	}
	return strings.Join(names, ", ")
}
