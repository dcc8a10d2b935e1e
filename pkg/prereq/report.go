package prereq

// Answer is the answer to the question that this package is about.
type Answer string

// The three answers.
const (
	Met     Answer = "met"
	NotMet  Answer = "not met"
	Unknown Answer = "unknown"
)

// Report is what was found. Its JSON form is what `check -o json` prints.
type Report struct {
	OK           bool         `json:"ok"`
	Answer       Answer       `json:"answer"`
	Reason       string       `json:"reason"`
	OpenStack    OpenStack    `json:"openstack"`
	Magnumclient Magnumclient `json:"magnumclient"`
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
	Installation string   `json:"installation"`      // one of the Kind constants

	Packages map[string]string `json:"packages"` // versions of what openstack is made of
}

// Magnumclient is the python-magnumclient that openstack would load.
type Magnumclient struct {
	Version  string `json:"version"`
	Location string `json:"location"` // folder on sys.path
	Python   string `json:"python"`   // interpreter that openstack starts
	Commands int    `json:"commands"` // `openstack coe` commands registered
}

// missing tells what openstack lacks besides the version.
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
