package prereq

import (
	"slices"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// lesson is something worth knowing about a range of releases.
type lesson struct {
	from, below string // "" is open
	python3     bool   // on Python 3 only
	text        string
}

// lessons returns what the release notes of python-magnumclient and its
// behaviour teach, oldest first.
func lessons() []lesson {
	return []lesson{
		{below: "2.12.0", text: "openstack coe cluster config --use-keystone does not exist before 2.12.0"},
		{from: "2.12.0", below: "2.13.0", python3: true, text: "openstack coe cluster config fails with a TypeError on Python 3 in 2.12.0; 2.13.0 works"},
		{below: "2.13.0", text: "openstack coe cluster show leaves out health_status before 2.13.0"},
		{below: "2.14.0", text: "openstack coe cluster show leaves out project_id before 2.14.0"},
		{below: "4.1.0", text: "the kubeconfig written below 4.1.0 uses client.authentication.k8s.io/v1alpha1, which kubectl 1.24 and later refuse; kubectl catalyst login writes one that works"},
		{below: "4.7.0", text: "openstack coe cluster config --use-keystone also asks for an admin certificate that nobody needs, below 4.7.0"},
		{below: "4.9.0", text: "openstack coe credential rotate needs 4.9.0"},
	}
}

// advice returns the lessons that apply to version under p.
func advice(version pep440.Version, p python) []string {
	var list []string
	for _, l := range lessons() {
		old := l.below != "" && !version.LessThan(pep440.MustParse(l.below))
		early := l.from != "" && version.LessThan(pep440.MustParse(l.from))
		if old || early || (l.python3 && strings.HasPrefix(p.version(), "2")) {
			continue
		}
		list = append(list, l.text)
	}
	return slices.Clip(list)
}
