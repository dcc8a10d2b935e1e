package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"
)

// nodeGroup is a set of like machines of a cluster.
type nodeGroup struct {
	uuid, name, role string
	flavor, image    string // "": the cluster's
	count, least     int
	most             *int // nil: no limit
	added            bool // after the cluster was made; false: a default group
	status           string
	labels           map[string]string // of an added group
	nodeLabels       map[string]string
	nodeTaints       []object
	created, updated time.Time
}

func newNodeGroup(name, role string, count int) *nodeGroup {
	return &nodeGroup{uuid: newUUID(), name: name, role: role, count: count}
}

func (cl *cluster) group(ref string) *nodeGroup {
	return find(cl.groups, func(g *nodeGroup) bool { return g.name == ref || g.uuid == ref })
}

func (cl *cluster) nodes(role string) int {
	n := 0
	for _, g := range cl.groups {
		if g.role == role {
			n += g.count
		}
	}
	return n
}

// addresses are those of the nodes of a role, once there are any.
func (cl *cluster) addresses(role string) []string {
	all := []string{}
	if cl.apiAddress == "" {
		return all
	}
	net := map[string]int{"master": 1, "worker": 2}[role]
	for i := range cl.nodes(role) {
		all = append(all, fmt.Sprintf("10.0.%d.%d", net, i+5))
	}
	return all
}

func (c *cloud) listNodeGroups(r call) {
	if !r.needs(9, "get_all") {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil {
		return
	}
	role := r.URL.Query().Get("role")
	all := []object{}
	for _, g := range cl.groups {
		if r.token.project != nil && (role == "" || role == g.role) {
			all = append(all, cl.groupSummary(g))
		}
	}
	r.paged("nodegroups", c.MagnumURL+"/clusters/"+cl.uuid+"/nodegroups", all)
}

func (cl *cluster) groupSummary(g *nodeGroup) object {
	o := object{
		"uuid": g.uuid, "name": g.name, "flavor_id": cmp.Or(g.flavor, flavor), "image_id": cmp.Or(g.image, cl.template.image()),
		"node_count": g.count, "role": g.role, "min_node_count": g.least, "max_node_count": g.most, "is_default": !g.added,
		"stack_id": orNull(cl.stackID), "status": cmp.Or(g.status, cl.status), "merge_labels": false,
	}
	if g.added {
		o["stack_id"] = nil
	}
	return o
}

// groupDetail is all that Magnum tells about a node group.
func (c *cloud) groupDetail(r call, cl *cluster, g *nodeGroup) object {
	o := cl.groupSummary(g)
	maps.Copy(o, c.groupOffer(r, cl, g))
	o["id"], o["docker_volume_size"], o["status_reason"], o["version"] = 1, nil, nil, nil
	o["node_addresses"] = cl.addresses(g.role)
	if c.clusterAPI() {
		o["node_addresses"] = []string{}
	}
	o["created_at"], o["updated_at"] = cl.created.Format(magnumTime), momentOrNull(cl.updated)
	if g.added {
		o["created_at"], o["updated_at"] = g.created.Format(magnumTime), momentOrNull(g.updated)
	}
	return o
}

// groupOffer is what Magnum's API knows of a group that its conductor has yet to
// make: no status, for instance.
func (c *cloud) groupOffer(r call, cl *cluster, g *nodeGroup) object {
	o := cl.groupSummary(g)
	for _, later := range []string{"is_default", "stack_id", "status"} {
		delete(o, later)
	}
	o["cluster_id"], o["project_id"], o["links"] = cl.uuid, cl.project.id, c.links("clusters/"+cl.uuid+"/nodegroups", g.uuid)
	o["labels"], o["labels_overridden"], o["labels_added"], o["labels_skipped"] = cl.labels, object{}, object{}, object{}
	if g.added {
		o["labels"] = g.labels
	}
	if c.magnum23() && r.version >= 14 {
		o["node_labels"], o["node_taints"] = orEmpty(g.nodeLabels), append([]object{}, g.nodeTaints...)
	}
	return o
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// lookupGroup finds cluster and group of a request, or answers why it cannot.
func (c *cloud) lookupGroup(r call) (*cluster, *nodeGroup) {
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil {
		return nil, nil
	}
	g := cl.group(r.PathValue("group"))
	if g == nil {
		r.refuse(http.StatusNotFound, "Nodegroup "+r.PathValue("group")+" could not be found.")
	}
	return cl, g
}

func (c *cloud) showNodeGroup(r call) {
	if !r.needs(9, "get_one") {
		return
	}
	if cl, g := c.lookupGroup(r); g != nil {
		cl.shown = true
		writeJSON(r.w, http.StatusOK, c.groupDetail(r, cl, g))
	}
}

// groupWish is the body of a request for a node group.
type groupWish struct {
	Name        string
	NodeCount   *int `json:"node_count"`
	Least       int  `json:"min_node_count"`
	Most        *int `json:"max_node_count"`
	Role        string
	Flavor      string            `json:"flavor_id"`
	Image       string            `json:"image_id"`
	Labels      map[string]string `json:"labels"`
	MergeLabels bool              `json:"merge_labels"`
	NodeLabels  map[string]string `json:"node_labels"`
	NodeTaints  []object          `json:"node_taints"`
}

func (c *cloud) createNodeGroup(r call) {
	var body groupWish
	if !r.needs(9, "post") || !r.mayChange(c, "nodegroup:create") || !r.decode(&body) {
		return
	}
	cl := c.lookup(r, r.PathValue("ref"), false, http.StatusNotFound)
	if cl == nil {
		return
	}
	if status, why := cl.refusesGroup(r, body); why != "" {
		r.refuse(status, why)
		return
	}
	g := newNodeGroup(body.Name, cmp.Or(body.Role, "worker"), 1)
	g.added, g.flavor, g.image, g.least, g.most = true, body.Flavor, body.Image, body.Least, body.Most
	g.nodeLabels, g.nodeTaints, g.status, g.created = body.NodeLabels, body.NodeTaints, creating, c.now()
	if body.NodeCount != nil {
		g.count = *body.NodeCount
	}
	g.labels = body.Labels
	if body.Labels == nil || body.MergeLabels {
		g.labels = maps.Clone(cl.labels)
		maps.Copy(g.labels, body.Labels)
	}
	if why := g.outOfRange(); why != "" {
		r.refuse(http.StatusConflict, why)
		return
	}
	writeJSON(r.w, http.StatusAccepted, c.groupOffer(r, cl, g))
	cl.groups = append(cl.groups, g)
	c.begin(cl, updating)
}

// refusesGroup says why Magnum makes no such group; "" is no reason.
func (cl *cluster) refusesGroup(r call, wish groupWish) (status int, why string) {
	switch {
	case cl.apiAddress == "":
		return http.StatusConflict, "Cluster API address is not available yet"
	case cl.group(wish.Name) != nil:
		return http.StatusConflict, "A node group with name " + wish.Name + " already exists in the cluster " + cl.name + "."
	case wish.Role == "master":
		return http.StatusBadRequest, "Creating master nodegroups is currently not supported."
	case r.version < 14 && wish.NodeLabels != nil:
		return http.StatusBadRequest, "Unknown attribute for argument nodegroup: node_labels"
	case r.version < 14 && wish.NodeTaints != nil:
		return http.StatusBadRequest, "Unknown attribute for argument nodegroup: node_taints"
	}
	return 0, ""
}

// outOfRange says which of a group's numbers contradict each other; "" is none.
func (g *nodeGroup) outOfRange() string {
	say := func(attribute, one string, a int, two string, b int) string {
		return fmt.Sprintf("%s for %s is invalid (%s (%d) should be less or equal to %s (%d)).", attribute, g.name, one, a, two, b)
	}
	switch {
	case g.most != nil && *g.most < g.least:
		return say("max_node_count", "min_node_count", g.least, "max_node_count", *g.most)
	case g.most != nil && g.count > *g.most:
		return say("max_node_count", "node_count", g.count, "max_node_count", *g.most)
	case g.least > g.count:
		return say("min_node_count", "min_node_count", g.least, "node_count", g.count)
	}
	return ""
}

// outOfBounds says why a group cannot have so many nodes; "" is no reason.
func (g *nodeGroup) outOfBounds(count int) string {
	if g.role == "master" || count >= g.least && (g.most == nil || count <= *g.most) {
		return ""
	}
	most := "None"
	if g.most != nil {
		most = fmt.Sprint(*g.most)
	}
	return fmt.Sprintf("Resizing %s outside the allowed range: min_node_count = %d, max_node_count = %s", g.name, g.least, most)
}

// patches reads a JSON patch that replaces fields. Magnum takes it only under
// another media type than its own.
func (r *call) patches() (changes object, ok bool) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		r.refuse(http.StatusUnsupportedMediaType, "Unknown mimetype: "+r.Header.Get("Content-Type"))
		return nil, false
	}
	var body []struct {
		Op, Path string
		Value    any
	}
	if !r.decode(&body) {
		return nil, false
	}
	changes = object{}
	for _, change := range body {
		changes[strings.TrimPrefix(change.Path, "/")] = change.Value
	}
	return changes, true
}

func (c *cloud) patchNodeGroup(r call) {
	if !r.needs(9, "patch") || !r.mayChange(c, "nodegroup:update") {
		return
	}
	cl, g := c.lookupGroup(r)
	if g == nil {
		return
	}
	changes, ok := r.patches()
	if !ok {
		return
	}
	changed := *g
	for name, value := range changes {
		n, isNumber := value.(float64)
		count := int(n)
		switch {
		case name == "max_node_count" && value == nil:
			changed.most = nil
		case name == "max_node_count" && isNumber:
			changed.most = &count
		case name == "min_node_count" && isNumber:
			changed.least = count
		case c.magnum23() && r.version >= 14 && (name == "node_labels" || name == "node_taints"):
			ok = reread(value, map[string]any{"node_labels": &changed.nodeLabels, "node_taints": &changed.nodeTaints}[name])
		default:
			ok = false
		}
	}
	if !ok {
		r.refuse(http.StatusBadRequest, "Couldn't apply patch to the node group.")
		return
	}
	if why := changed.outOfRange(); why != "" {
		r.refuse(http.StatusConflict, why)
		return
	}
	*g = changed
	writeJSON(r.w, http.StatusAccepted, c.groupDetail(r, cl, g))
	if g.added {
		g.status = updating
	}
	c.begin(cl, updating)
}

// reread turns a decoded JSON value into another type.
func reread(value, into any) bool {
	data, err := json.Marshal(value)
	return err == nil && json.Unmarshal(data, into) == nil
}

func (c *cloud) deleteNodeGroup(r call) {
	if !r.needs(9, "delete") || !r.mayChange(c, "nodegroup:delete") {
		return
	}
	cl, g := c.lookupGroup(r)
	if g == nil {
		return
	}
	if !g.added {
		r.refuse(http.StatusBadRequest, "Deleting a default nodegroup is not supported.")
		return
	}
	c.conduct(cl, func() {
		g.status = deleting
		c.start(cl, updating)
	})
	r.w.WriteHeader(http.StatusNoContent)
}

// finishGroups ends what happens to the groups of a cluster, and reports whether
// that is possible: the older driver of Cluster API keeps a deleted group for ever.
func (c *cloud) finishGroups(cl *cluster) bool {
	done := true
	left := cl.groups[:0]
	for _, g := range cl.groups {
		switch g.status {
		case creating:
			g.status, g.updated = complete, c.now()
		case updating:
			g.status, g.updated = updated, c.now()
		case deleting:
			if !c.clusterAPI() || c.magnum23() {
				continue
			}
			done = false
		}
		left = append(left, g)
	}
	cl.groups = left
	return done
}
