package cloud

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

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
