package sandbox

import "time"

// The names of the seeded people, projects and clusters are those of the test
// bed of real services, so that the same journeys run on both.
//
//	alice   member and k8s_admin of demo and other; made most of the clusters
//	bob     member and k8s_developer of demo; made "bobs"
//	carol   reader and k8s_viewer in demo
//	admin   admin of the project admin
//	dave    member of demo; types six digits right behind the password
//	erin    member of demo; gives the six digits as Keystone's method totp
//
// Each password is the name followed by "-pw". Of alice there are the
// application credentials appcred and appcred-unrestricted, with "-secret"
// behind their names as secrets.
func (c *cloud) seed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	home := "demo"
	if c.opts.Scene != nil {
		home = c.opts.Scene.Project
	}
	demo, other, admin := c.addProject(home), c.addProject("other"), c.addProject("admin")
	member, owner := []string{"member", "reader"}, []string{"member", "reader", "k8s_admin"}
	alice := c.addUser("alice", passwordOnly, map[*project][]string{demo: owner, other: owner})
	bob := c.addUser("bob", passwordOnly, map[*project][]string{demo: {"member", "reader", "k8s_developer"}})
	c.addUser("carol", passwordOnly, map[*project][]string{demo: {"reader", "k8s_viewer"}})
	c.addUser("admin", passwordOnly, map[*project][]string{admin: {"admin", "member", "reader"}})
	c.addUser("dave", appended, map[*project][]string{demo: member})
	c.addUser("erin", totp, map[*project][]string{demo: member})
	for _, name := range []string{"appcred", "appcred-unrestricted"} {
		c.credentials = append(c.credentials, &credential{id: stableID("credential", name), name: name,
			secret: name + "-secret", user: alice, project: demo, unrestricted: name == "appcred-unrestricted"})
	}
	if c.opts.Scene != nil {
		return c.seedScene(c.opts.Scene, alice, demo)
	}
	tmpl := c.addTemplate("kubernetes-"+kubernetesVersion, kubernetesVersion, false)
	c.addTemplate("kubernetes-v1.35.6", "v1.35.6", false)
	c.addTemplate("kubernetes-untagged", "", false)
	plain := c.addTemplate("kubernetes-no-tls", kubernetesVersion, true)
	return c.seedClusters(alice, bob, demo, other, tmpl, plain)
}

func (c *cloud) seedClusters(alice, bob *user, demo, other *project, tmpl, plain *template) error {
	for i, seed := range []struct {
		name   string
		owner  *user
		in     *project
		from   *template
		status string
		certs  bool
	}{
		{"prod", alice, demo, tmpl, complete, true},
		{"blue", alice, demo, tmpl, complete, true},
		{"green", alice, demo, tmpl, complete, true},
		{"notls", alice, demo, plain, complete, false},
		{"creating", alice, demo, tmpl, creating, false},
		{"creating-certs", alice, demo, tmpl, creating, true},
		{"failed", alice, demo, tmpl, createFailed, false},
		{"twin", alice, demo, tmpl, complete, true},
		{"twin", alice, demo, tmpl, complete, true},
		{"elsewhere", alice, other, tmpl, complete, true},
		{"bobs", bob, demo, tmpl, complete, true},
	} {
		cl := c.newCluster(seed.name, seed.owner, seed.in, seed.from)
		cl.uuid = stableUUID("cluster", seed.in.name+"/"+seed.name+"/"+string(rune('a'+i)))
		cl.status, cl.hasCerts = seed.status, seed.certs
		cl.created = c.now().Add(time.Duration(i) * time.Second).Add(-time.Hour)
		switch seed.status {
		case complete:
			if err := c.finish(cl); err != nil {
				return err
			}
			cl.healthKnown = true
		case createFailed:
			if !c.clusterAPI() { // whose trust comes before anything else
				cl.stackID = newUUID()
			}
			cl.reason = "Failed to create trustee or trust for Cluster"
		}
		if c.clusterAPI() && cl.status == creating && cl.hasCerts {
			if err := c.balance(cl); err != nil {
				return err
			}
		}
		c.clusters = append(c.clusters, cl)
	}
	return nil
}

func (c *cloud) addProject(name string) *project {
	p := &project{id: stableID("project", name), name: name}
	c.projects = append(c.projects, p)
	return p
}

func (c *cloud) addUser(name string, f factor, roles map[*project][]string) *user {
	u := &user{id: stableID("user", name), name: name, password: name + "-pw", roles: roles, factor: f}
	c.users = append(c.users, u)
	return u
}
