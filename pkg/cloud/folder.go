package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folderClouds are the clouds of the current folder. Commands run in cloned
// repositories and in folders that others write to, so nothing from there is
// laid over an account of the user's, and nothing of the user's, no password and
// no cached token, goes to a server that is named there. A cloud counts only whole:
// its own auth URL together with its own secret.
type folderClouds struct {
	dir        string
	clouds     map[string]entry  // the whole ones
	incomplete map[string]string // why the others are ignored
	file       string            // where they are defined
}

// readFolder reads the files of the current folder, unless it is one of the user's
// own. What is wrong with them is a warning: a cloned repository must not keep
// anybody from using an account of their own.
func (f finder) readFolder() folderClouds {
	at := folderClouds{dir: f.dir}
	if f.getenv("OS_CLIENT_CONFIG_FILE") != "" || f.dir == "" || f.ownFolder() {
		return at
	}
	clouds, secure, public := f.readInFolder("clouds", "clouds"), f.readInFolder("secure", "clouds"), f.readInFolder("clouds-public", "public-clouds")
	at.file = cmp.Or(clouds.path, secure.path)
	names := maps.Clone(secure.clouds)
	if names == nil {
		names = map[string]entry{}
	}
	maps.Copy(names, clouds.clouds)
	for name := range names {
		e := clouds.clouds[name]
		if profile := cmp.Or(e.set["profile"], e.set["cloud"]); profile != "" {
			e = mergeEntries(public.clouds[profile], e)
		}
		e = mergeEntries(e, secure.clouds[name])
		e.folder = at.file
		at.add(name, e)
	}
	return at
}

// add sorts one cloud in.
func (at *folderClouds) add(name string, e entry) {
	var why string
	switch {
	case e.set["auth.auth_url"] == "":
		why = "it has no auth_url of its own there"
	case !e.set.holdsSecret():
		why = "it has no password, token or application credential of its own there"
	default:
		why = at.outside(e)
	}
	if why == "" {
		if at.clouds == nil {
			at.clouds = map[string]entry{}
		}
		at.clouds[name] = e
		return
	}
	if at.incomplete == nil {
		at.incomplete = map[string]string{}
	}
	at.incomplete[name] = why
}

// outside returns which proof of identity a cloud takes from another folder, ""
// for none.
func (at *folderClouds) outside(e entry) string {
	sets := []settings{e.set}
	for _, reg := range e.regions {
		sets = append(sets, reg.set)
	}
	for _, set := range sets {
		for _, key := range []string{"cert", "key"} {
			if path := set[key]; path != "" && !within(at.dir, path) {
				return fmt.Sprintf("its %s is a file of another folder", key)
			}
		}
	}
	return ""
}

// within reports whether a file lies in dir, links followed. One that is not
// there does not.
func within(dir, path string) bool {
	if strings.HasPrefix(path, "~") {
		return false
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, real)
	return err == nil && filepath.IsLocal(rel)
}

// holdsSecret reports whether settings have the secret of some method.
func (s settings) holdsSecret() bool {
	for _, key := range []string{"password", "token", "application_credential_secret"} {
		if s[authPrefix+key] != "" {
			return true
		}
	}
	return false
}

// inFolder returns those OS_ variables that complete a cloud of the current
// folder: where in it somebody works, never who they are.
func (s settings) inFolder() settings {
	allowed := settings{}
	for _, key := range []string{
		"auth.project_name", "auth.project_id", "auth.project_domain_name", "auth.project_domain_id", "interface", "cacert", "insecure",
	} {
		if v := s[key]; v != "" {
			allowed[key] = v
		}
	}
	return allowed
}

// ownFolder reports whether the current folder is one that is searched anyway,
// such as ~/.config/openstack: its files are then the user's own.
func (f finder) ownFolder() bool {
	here, err := os.Stat(f.dir)
	return err == nil && slices.ContainsFunc(f.folders(), func(dir string) bool { return sameFolder(here, dir) })
}

func sameFolder(here fs.FileInfo, dir string) bool {
	there, err := os.Stat(dir)
	return err == nil && os.SameFile(here, there)
}

// foundFile is one file of clouds; no path when there is none.
type foundFile struct {
	path   string
	clouds map[string]entry
}

// readInFolder reads the file called stem of the current folder. A link is ignored,
// as it may lead to the user's own file, and so is a file of somebody else.
func (f finder) readInFolder(stem, section string) foundFile {
	for _, ext := range extensions {
		path := filepath.Join(f.dir, stem+ext)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			err = trustworthy(info)
		}
		var clouds map[string]entry
		if err == nil {
			clouds, err = readClouds(path, section)
		}
		if err != nil {
			f.warn("%q in the current folder is left aside: %v; OS_CLIENT_CONFIG_FILE names a file to be used all the same", path, reason(err))
			return foundFile{}
		}
		return foundFile{path, clouds}
	}
	return foundFile{}
}

// trustworthy refuses what somebody else may have put there. Members of the
// file's group may write: many systems give each user a group of their own.
func trustworthy(info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a link")
	case !info.Mode().IsRegular():
		return errors.New("it is not a plain file")
	case ownedByOther(info):
		return errors.New("it belongs to another user")
	case writableByAll(info):
		return errors.New("every user may write to it")
	}
	return nil
}
