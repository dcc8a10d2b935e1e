package cloud

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

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
