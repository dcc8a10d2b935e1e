package probe

import "strconv"

// Manifests are the objects that Run would create, in order. What only the
// cluster can tell, UIDs and addresses, is written out in words.
func (p *Plan) Manifests() []*Object {
	owners := make(map[string]string)
	out := p.Anchors()
	for _, o := range out {
		owners[o.Metadata.Namespace] = "the uid of " + o.Ref().String()
	}
	servers := p.Servers(owners)
	var at []string
	for i, s := range p.servers() {
		at = append(at, "the address of "+nameOf(servers[i])+":"+strconv.Itoa(int(s.port)))
	}
	return append(append(out, servers...), p.Clients(owners, at)...)
}

// Manifests are the objects that RunCanary would create, in order. The policy
// stands before the clients of the phase it is there for.
func (c *Canary) Manifests() []*Object {
	servers := c.Servers()
	var at []string
	for _, s := range servers {
		at = append(at, "the address of "+nameOf(s)+":"+strconv.Itoa(canaryPort))
	}
	out := append(c.Frame(), servers...)
	for phase := range phases {
		if phase == Under {
			out = append(out, c.Policy())
		}
		out = append(out, c.Clients(phase, at)...)
	}
	return out
}
