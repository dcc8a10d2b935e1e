package cloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
)

// Server is a machine of the project.
type Server struct {
	Name     string
	Networks map[string][]string // its addresses by the name of the network
}

// Has reports whether the server has one of these addresses.
func (s Server) Has(addresses []string) bool {
	for _, own := range s.Networks {
		if slices.ContainsFunc(own, func(a string) bool { return slices.Contains(addresses, a) }) {
			return true
		}
	}
	return false
}

// Servers returns the project's machines, up to as many as the cloud puts on
// one page.
func (s *Session) Servers(ctx context.Context) ([]Server, error) {
	sc, err := s.Service("compute")
	if err != nil {
		return nil, err
	}
	var body struct {
		Servers []struct {
			Name      string
			Addresses map[string][]struct{ Addr string }
		}
	}
	resp, err := sc.Get(ctx, sc.ServiceURL("servers", "detail"), &body, &gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the servers of the project: %w", err)
	}
	all := make([]Server, len(body.Servers))
	for i, one := range body.Servers {
		all[i] = Server{Name: one.Name, Networks: map[string][]string{}}
		for network, addresses := range one.Addresses {
			for _, a := range addresses {
				all[i].Networks[network] = append(all[i].Networks[network], a.Addr)
			}
		}
	}
	return all, nil
}
