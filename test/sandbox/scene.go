package sandbox

import "fmt"

// Scene is a cloud as one of its users knows it, in place of the test bed's
// many odd clusters. The people are the same.
type Scene struct {
	Region    string // the only one
	Project   string // in place of demo
	Templates []Template
	Clusters  []Cluster
}

// Template is what clusters of a scene can be made from.
type Template struct {
	Name    string
	Version string // of Kubernetes, as v1.36.3
	Tags    string // what Magnum says about it; may be ""
}

// Cluster is one of a scene, made by alice.
type Cluster struct {
	Name           string
	Template       string // name
	Masters, Nodes int
	Labels         map[string]string // beside those of the template
	Fault          string            // why its last change failed; "" is a healthy cluster
}

// regions are the names in the catalog, the one with a working Magnum first.
func (s *Sandbox) regions() []string {
	if s.opts.Scene != nil {
		return []string{s.opts.Scene.Region}
	}
	return []string{"RegionOne", "RegionTwo"}
}

// seedScene makes the templates and clusters of a scene.
func (c *cloud) seedScene(scene *Scene, owner *user, in *project) error {
	byName := map[string]*template{}
	for _, t := range scene.Templates {
		byName[t.Name] = c.addTemplate(t.Name, t.Version, false)
		byName[t.Name].tags = t.Tags
	}
	for _, want := range scene.Clusters {
		from := byName[want.Template]
		if from == nil {
			return fmt.Errorf("cluster %q of the scene is made from template %q, which is not in it", want.Name, want.Template)
		}
		cl := c.newCluster(want.Name, owner, in, from)
		cl.groups[0].count, cl.groups[1].count, cl.hasCerts = want.Masters, want.Nodes, true
		for name, value := range want.Labels {
			cl.labels[name] = value
		}
		if err := c.finish(cl); err != nil {
			return err
		}
		cl.healthKnown = true
		if want.Fault != "" {
			cl.status, cl.reason, cl.updated = updateFailed, want.Fault, c.now()
		}
		c.clusters = append(c.clusters, cl)
	}
	return nil
}
