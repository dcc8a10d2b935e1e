package release

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// glob is how goreleaser is told of files that it has not made.
type glob struct{ Glob string }

// everythingIsPublished holds goreleaser's configuration to what a release has.
func everythingIsPublished(t *testing.T, r *releases) {
	var config struct {
		Builds   []struct{ Skip bool }
		Checksum struct {
			Name       string `yaml:"name_template"`
			ExtraFiles []glob `yaml:"extra_files"`
		}
		Release struct {
			GitHub     struct{ Owner, Name string } `yaml:"github"`
			ExtraFiles []glob                       `yaml:"extra_files"`
		}
	}
	parse(t, ".goreleaser.yaml", &config)
	if len(config.Builds) != 1 || !config.Builds[0].Skip {
		t.Error("goreleaser builds programs of its own")
	}
	if address := "https://github.com/" + config.Release.GitHub.Owner + "/" + config.Release.GitHub.Name; address != r.catalog.Homepage {
		t.Errorf("goreleaser publishes to %s; plugins.yaml says %s", address, r.catalog.Homepage)
	}
	if diff := cmp.Diff(config.Release.ExtraFiles, config.Checksum.ExtraFiles); diff != "" {
		t.Errorf("there are files without a sum, or sums without a file:\n%s", diff)
	}
	for name := range readFolder(t, r.first) {
		published := slices.ContainsFunc(config.Release.ExtraFiles, func(g glob) bool {
			ok, err := path.Match(g.Glob, "dist/"+name)
			return ok && err == nil
		})
		if published == (name == config.Checksum.Name) { // that one goreleaser makes, of the same files
			t.Errorf("%s: uploaded %v", name, published)
		}
	}
}

// workflow is the part of one that is looked at here.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Strategy    struct{ Matrix struct{ Template []string } }
		Steps       []struct{ Uses, Run string }
	}
}

// pinned is an action by its commit.
var pinned = regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`)

func TestWorkflowsPinActionsAndAskForLittle(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("workflows: %q, %v", names, err)
	}
	for _, name := range names {
		var w workflow
		parse(t, filepath.Join(".github", "workflows", filepath.Base(name)), &w)
		if diff := cmp.Diff(map[string]string{"contents": "read"}, w.Permissions); diff != "" {
			t.Errorf("%s: permissions of all jobs:\n%s", filepath.Base(name), diff)
		}
		for job, j := range w.Jobs {
			if len(j.Permissions) > 0 && (job != "publish" || len(j.Permissions) != 2) {
				t.Errorf("%s: job %s asks for %v", filepath.Base(name), job, j.Permissions)
			}
			for _, s := range j.Steps {
				if s.Uses != "" && !pinned.MatchString(s.Uses) {
					t.Errorf("%s: %s is not pinned to a commit", filepath.Base(name), s.Uses)
				}
			}
		}
	}
}

// The bot is run for every plugin of plugins.yaml.
func TestReleaseTellsKrewAboutEveryPlugin(t *testing.T) {
	t.Parallel()
	var w workflow
	parse(t, filepath.Join(".github", "workflows", "release.yaml"), &w)
	var got []string
	for _, name := range w.Jobs["krew"].Strategy.Matrix.Template {
		got = append(got, strings.TrimSpace(regexp.MustCompile(`(?m)^  name: (.*)$`).FindString(readFile(t, filepath.Join("..", "..", name)))))
	}
	if diff := cmp.Diff([]string{"name: catalyst", "name: openstack-coe-helper"}, got); diff != "" {
		t.Error(diff)
	}
}

// Updates are looked for in every module.
func TestDependabotKnowsEveryModule(t *testing.T) {
	t.Parallel()
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}
	parse(t, filepath.Join(".github", "dependabot.yml"), &config)
	var want, got, ecosystems []string
	for name := range strings.Lines(run(t, filepath.Join("..", ".."), nil, "git", "ls-files", "--cached", "--others", "--exclude-standard", "*go.mod")) {
		if strings.Contains(name, "testdata/") {
			continue
		}
		want = append(want, path.Dir("/"+strings.TrimSpace(name)))
	}
	for _, u := range config.Updates {
		ecosystems = append(ecosystems, u.Ecosystem)
		got = append(got, u.Directories...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modules (-) and folders in .github/dependabot.yml (+):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gomod", "github-actions"}, ecosystems); diff != "" {
		t.Error(diff)
	}
}

// parse reads a YAML file of the project.
func parse(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
