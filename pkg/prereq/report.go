package prereq

import (
	"fmt"
	"slices"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// Answer is the answer to the question whether the minimum is met.
type Answer string

// The three answers.
const (
	Met     Answer = "met"
	NotMet  Answer = "not met"
	Unknown Answer = "unknown"
)

// Report is the result of Check. Its JSON form is what `check -o json` prints.
type Report struct {
	OK           bool         `json:"ok"`
	Answer       Answer       `json:"answer"`
	Reason       string       `json:"reason"`
	OpenStack    OpenStack    `json:"openstack"`
	Magnumclient Magnumclient `json:"magnumclient"`
	CoeHelper    *CoeHelper   `json:"coeHelper,omitempty"` // nil when openstack has no coe helper commands
	Minimum      string       `json:"minimum"`
	Upgrade      string       `json:"upgrade,omitempty"` // command that installs what is missing
	Advice       []string     `json:"advice"`
	Kubectl      Kubectl      `json:"kubectl"`
	Clock        *Clock       `json:"clock,omitempty"` // nil when there are no credentials
}

// OpenStack is the openstack command.
type OpenStack struct {
	Path         string   `json:"path"`              // the one that runs
	Version      string   `json:"version"`           // of python-openstackclient
	Others       []string `json:"others,omitempty"`  // further ones on PATH, hidden by the first
	Through      []string `json:"through,omitempty"` // shims gone through to reach it
	Installation string   `json:"installation"`      // one of the kind constants

	Packages map[string]string `json:"packages"` // versions of what openstack is made of
}

// Magnumclient is the python-magnumclient that openstack would load.
type Magnumclient struct {
	Version  string `json:"version"`
	Location string `json:"location"` // folder on sys.path
	Python   string `json:"python"`   // interpreter that openstack starts
	Commands int    `json:"commands"` // `openstack coe` commands registered
}

// CoeHelper is the Python package of openstack-coe-helper that this openstack would
// load for `openstack coe helper`.
type CoeHelper struct {
	Version  string `json:"version"`
	Location string `json:"location"` // folder on sys.path
}

// missing lists what openstack lacks besides the version.
func (r *Report) missing() []string {
	var list []string
	if r.OpenStack.Version == "" {
		list = append(list, "python-openstackclient is not installed beside python-magnumclient, so this openstack may not start")
	}
	if r.Magnumclient.Commands == 0 {
		list = append(list, "python-magnumclient registers no coe commands with openstack: its entry_points.txt is missing or empty; reinstall it")
	}
	return list
}

const (
	magnumclient    = "python_magnumclient"
	openstackclient = "python_openstackclient"
	coeHelper       = "openstack_coe_helper"
)

// companions are the packages that decide, along with the two clients, how the
// openstack command behaves.
func companions() []string { return []string{"osc_lib", "openstacksdk", "keystoneauth1", "cliff"} }

// compareInstalled compares the packages in dirs with the minimum.
func (r *Report) compareInstalled(l launcher, p python, dirs []string, minimum pep440.Version) {
	found := findDists(dirs, append(companions(), magnumclient, openstackclient, coeHelper)...)
	client, have := found[magnumclient]
	in := installation{l: l, p: p, dist: client}
	r.OpenStack.Version = found[openstackclient].version
	r.OpenStack.Installation = in.kind()
	r.OpenStack.Packages = map[string]string{}
	for name, d := range found {
		r.OpenStack.Packages[strings.ReplaceAll(name, "_", "-")] = d.version
	}
	if d, ok := found[coeHelper]; ok {
		r.CoeHelper = &CoeHelper{Version: d.version, Location: d.location}
	}
	r.Magnumclient = Magnumclient{Version: client.version, Location: client.location, Python: p.exe}
	if !have {
		r.Answer = NotMet
		r.Reason = fmt.Sprintf("python-magnumclient is not installed where %s runs", r.OpenStack.Path)
		r.Upgrade = in.install()
		return
	}
	r.Magnumclient.Commands = commands(client.info)
	if version, ok := r.compareVersion(client, minimum); ok {
		r.Advice = append(r.Advice, adviceFor(version, p)...)
	}
	r.Advice = append(r.Advice, r.missing()...)
	if !r.OK || len(r.Advice) > 0 {
		r.Upgrade = in.upgrade()
	}
}

// compareVersion answers the question, and reports whether the version could be read.
func (r *Report) compareVersion(client dist, minimum pep440.Version) (pep440.Version, bool) {
	version, err := pep440.Parse(client.version)
	switch {
	case client.version == "":
		r.Reason = fmt.Sprintf("the metadata %q names no version", client.info)
	case err != nil:
		r.Reason = fmt.Sprintf("the metadata %q has the version %q, which is not one as PEP 440 writes them", client.info, client.version)
	case version.LessThan(minimum):
		r.Answer = NotMet
		r.Reason = fmt.Sprintf("python-magnumclient %s is older than %s", client.version, r.Minimum)
	default:
		r.OK, r.Answer = true, Met
		r.Reason = fmt.Sprintf("python-magnumclient %s is %s or above", client.version, r.Minimum)
	}
	return version, err == nil
}

// lesson is a fact worth knowing about a range of releases.
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

// adviceFor returns the lessons that apply to version under p.
func adviceFor(version pep440.Version, p python) []string {
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
