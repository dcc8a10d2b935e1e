package support

import (
	"maps"
	"slices"
)

// columns are the fields of `openstack coe cluster show`, in its order
// (python-magnumclient 4.0.0, magnumclient/osc/v1/clusters.py).
func columns() []string {
	return []string{
		"status", "health_status", "cluster_template_id", "node_addresses", "uuid", "stack_id", "status_reason",
		"created_at", "updated_at", "coe_version", "labels", "labels_overridden", "labels_skipped", "labels_added",
		"fixed_network", "fixed_subnet", "floating_ip_enabled", "faults", "keypair", "api_address", "master_addresses",
		"master_lb_enabled", "create_timeout", "node_count", "discovery_url", "docker_volume_size", "master_count",
		"container_version", "name", "master_flavor_id", "flavor_id", "health_status_reason", "project_id",
	}
}

// arrangeCluster arranges what Magnum answered about a cluster the way the openstack
// command prints it: the same names in the same order, null as null, and what
// Magnum did not mention as an empty text. After these come the other spelling
// of the stack's id, which newer clients use, and the rest of the answer.
func arrangeCluster(answer map[string]any) fields {
	id := answer["stack_id"]
	if id == nil {
		id = answer["cluster_id"]
	}
	seen := map[string]bool{"links": true, "stack_id": true, "cluster_id": true}
	var f fields
	for _, name := range columns() {
		seen[name] = true
		value, mentioned := answer[name]
		switch {
		case name == "stack_id":
			value = id
		case !mentioned:
			value = ""
		}
		f = append(f, field{name, value})
	}
	f = append(f, field{"cluster_id", id})
	return append(f, remainingFields(answer, seen)...)
}

// arrangeFields lists an answer's fields by name, without the links, which repeat ids.
func arrangeFields(answer map[string]any) fields {
	return remainingFields(answer, map[string]bool{"links": true})
}

// remainingFields lists the fields of an answer that were not seen, by name.
func remainingFields(answer map[string]any, seen map[string]bool) fields {
	var f fields
	for _, name := range slices.Sorted(maps.Keys(answer)) {
		if !seen[name] {
			f = append(f, field{name, answer[name]})
		}
	}
	return f
}
