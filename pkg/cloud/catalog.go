package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
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
	return slices.Sorted(maps.Keys(cat.endpoints(serviceType, s.account().id.Interface)))
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no service at all"
	}
	return strings.Join(names, ", ")
}
