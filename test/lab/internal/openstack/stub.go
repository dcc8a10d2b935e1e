package openstack

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

type object = map[string]any

// images are those that templates may name; Magnum insists on os_distro.
var images = [...]object{
	{"id": "11111111-1111-4111-8111-111111111111", "name": "fedora-coreos-38", "os_distro": "fedora-coreos", "status": "active", "visibility": "public", "min_disk": 10, "min_ram": 0},
	{"id": "22222222-2222-4222-8222-222222222222", "name": "no-distribution", "status": "active", "visibility": "public", "min_disk": 10, "min_ram": 0},
	{"id": "44444444-4444-4444-8444-444444444444", "name": "ubuntu-kube-v1.36.3", "os_distro": "ubuntu", "kube_version": "v1.36.3", "status": "active", "visibility": "public", "min_disk": 10, "min_ram": 0},
	{"id": "55555555-5555-4555-8555-555555555555", "name": "ubuntu-kube-v1.35.6", "os_distro": "ubuntu", "kube_version": "v1.35.6", "status": "active", "visibility": "public", "min_disk": 10, "min_ram": 0},
	{"id": "66666666-6666-4666-8666-666666666666", "name": "ubuntu-kube-none", "os_distro": "ubuntu", "status": "active", "visibility": "public", "min_disk": 10, "min_ram": 0},
}

// Stub answers the few questions Magnum asks Nova, Glance, Neutron and Cinder. base is the URL it is served at.
func Stub(base string) http.Handler {
	mux := http.NewServeMux()
	compute := object{"id": "v2.1", "status": "CURRENT", "version": "2.90", "min_version": "2.1", "links": []object{
		{"rel": "self", "href": base + "/compute/v2.1/"},
	}}
	serve := func(path string, answer object) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, answer) })
	}
	serve("/compute", object{"versions": []object{compute}})
	serve("/compute/v2.1", object{"version": compute})
	serve("/compute/v2.1/{$}", object{"version": compute})
	serve("/compute/v2.1/flavors/detail", object{"flavors": flavors()})
	serve("/image/v2/schemas/image", object{"name": "image", "properties": object{}})
	serve("/network/v2.0/networks", object{"networks": []object{
		{"id": "33333333-3333-4333-8333-333333333333", "name": "public", "router:external": true},
	}})
	serve("/network/v2.0/subnets", object{"subnets": []object{}})
	serve("/volume/v3/{project}/types", object{"volume_types": []object{
		{"id": "77777777-7777-4777-8777-777777777777", "name": "b1.standard", "is_public": true},
	}})
	mux.HandleFunc("GET /compute/v2.1/os-keypairs/{name}", keypair)
	mux.HandleFunc("GET /image/v2/images", listImages)
	mux.HandleFunc("GET /image/v2/images/{id}", oneImage)
	return mux
}

func flavors() (out []object) {
	for i, name := range []string{"m1.small", "m1.medium", "m1.large"} {
		out = append(out, object{"id": string(rune('1' + i)), "name": name, "ram": 2048, "disk": 20, "vcpus": 2, "links": []object{}})
	}
	return out
}

// keypair knows every name but those that begin with "no".
func keypair(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if strings.HasPrefix(name, "no") {
		reply(w, http.StatusNotFound, object{"itemNotFound": object{"code": 404, "message": "Keypair not found"}})
		return
	}
	reply(w, http.StatusOK, object{"keypair": object{"name": name, "public_key": "ssh-rsa AAAA", "fingerprint": "00:00"}})
}

func listImages(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query()["name"]
	found := []object{}
	for _, image := range images {
		if len(wanted) == 0 || slices.Contains(wanted, image["name"].(string)) {
			found = append(found, image)
		}
	}
	reply(w, http.StatusOK, object{"images": found, "first": "/v2/images", "schema": "/v2/schemas/images"})
}

func oneImage(w http.ResponseWriter, r *http.Request) {
	for _, image := range images {
		if image["id"] == r.PathValue("id") {
			reply(w, http.StatusOK, image)
			return
		}
	}
	reply(w, http.StatusNotFound, object{"message": "No image found"})
}

func reply(w http.ResponseWriter, code int, answer object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}
