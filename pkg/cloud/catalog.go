package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
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

// catalog is the catalog of services that comes with a token.
type catalog struct {
	entries []tokens.CatalogEntry
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
			region := cmp.Or(e.RegionID, e.Region)
			if _, there := urls[region]; !there && e.Interface == iface {
				urls[region] = e.URL
			}
		}
	}
	return urls
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no service at all"
	}
	return strings.Join(names, ", ")
}
