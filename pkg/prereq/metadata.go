package prereq

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// dist is an installed distribution as importlib.metadata finds it.
type dist struct {
	version  string // "" when the metadata names none
	location string // the folder on sys.path
	info     string // the .dist-info or .egg-info
}

// findDists looks for distributions, given by normalised names, in dirs. The first
// folder that has one wins, and within it the entry that the system lists
// first, as in importlib.metadata.
func findDists(dirs []string, wanted ...string) map[string]dist {
	found := map[string]dist{}
	for _, dir := range dirs {
		lower := strings.ToLower(filepath.Base(dir))
		for _, entry := range listFolder(dir) {
			name, ok := distName(lower, entry)
			if !ok {
				continue
			}
			for _, w := range wanted {
				if _, have := found[w]; !have && name == w {
					info := filepath.Join(dir, entry)
					found[w] = dist{version: metadataVersion(info), location: dir, info: info}
				}
			}
		}
		if len(found) == len(wanted) {
			break
		}
	}
	return found
}

// distName returns the normalised name of the distribution that entry, a file
// in a folder called dir, describes.
func distName(dir, entry string) (string, bool) {
	stem, ok := metadataStem(entry)
	if !ok {
		// Inside NAME-VERSION-pyX.Y.egg the metadata is a folder EGG-INFO.
		if !strings.HasSuffix(dir, ".egg") || !strings.EqualFold(entry, "egg-info") {
			return "", false
		}
		stem = strings.TrimSuffix(dir, ".egg")
	}
	name, _, _ := strings.Cut(stem, "-")
	return normalise(name), true
}

// metadataStem cuts .dist-info or .egg-info off, in any case. It looks at the
// end first: site-packages may hold ten thousand entries.
func metadataStem(entry string) (string, bool) {
	for _, suffix := range []string{".dist-info", ".egg-info"} {
		if n := len(entry) - len(suffix); n >= 0 && strings.EqualFold(entry[n:], suffix) {
			return strings.ToLower(entry[:n]), true
		}
	}
	return "", false
}

var separators = regexp.MustCompile(`[-_.]+`)

// normalise is the form in which importlib.metadata compares names.
func normalise(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "_"))
}

// metadataVersion reads the Version header: of METADATA, else of PKG-INFO, else
// of info itself, which is a plain file when distutils wrote it.
func metadataVersion(info string) string {
	for _, path := range []string{filepath.Join(info, "METADATA"), filepath.Join(info, "PKG-INFO"), info} {
		if version, ok := headerVersion(path); ok {
			return version
		}
	}
	return ""
}

// headerVersion returns the Version header of a file, and whether there is anything
// in it.
func headerVersion(path string) (version string, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	lines := bufio.NewReader(io.LimitReader(f, maxFile))
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, fs.ErrInvalid) || (err != nil && line == "") {
			return "", ok
		}
		ok = true
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return "", true // the headers end here
		}
		key, value, found := strings.Cut(line, ":")
		if !found && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			return "", true // not a header: the body starts, as in an e-mail
		}
		if strings.EqualFold(key, "version") {
			return strings.TrimLeft(value, " \t"), true
		}
	}
}

// commands counts the openstack commands that the distribution at info
// registers. It is zero when the plugin itself is not announced, because then
// openstack loads none of them.
func commands(info string) int {
	data, err := atomicfile.ReadUpTo(filepath.Join(info, "entry_points.txt"), maxFile)
	if err != nil {
		return 0
	}
	section, count, announced := "", 0, false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[] ")
		case section == "openstack.cli.extension":
			announced = announced || strings.HasPrefix(line, "container_infra")
		case section == "openstack.container_infra.v1" && strings.HasPrefix(line, "coe_"):
			count++
		}
	}
	if !announced {
		return 0
	}
	return count
}
