package release

import (
	"fmt"
	"maps"
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

// everythingIsPublished holds the workflow to what a release has: all that was
// built is uploaded, signed by its sums, and its origin stated.
func everythingIsPublished(t *testing.T, r *releases) {
	steps := ""
	var w workflow
	parse(t, releaseWorkflow, &w)
	for _, s := range w.Jobs["publish"].Steps {
		steps += s.Run + s.Uses + s.With["subject-checksums"] + "\n"
	}
	for _, want := range []string{
		"sha256sum --check --strict checksums.txt", "cosign sign-blob --yes --bundle=dist/checksums.txt.sigstore.json dist/checksums.txt",
		"actions/attest-build-provenance@", "dist/checksums.txt", "gh release create", "dist/*\n",
	} {
		if !strings.Contains(steps, want) {
			t.Errorf("the job publish lacks %q", want)
		}
	}
	index := ""
	for _, s := range w.Jobs["wheels"].Steps {
		index += s.Run + s.Uses + " " + s.With["packages-dir"] + "\n"
	}
	if !strings.Contains(index, "mv dist/*.whl wheels/") || !regexp.MustCompile(`pypa/gh-action-pypi-publish@\S+ wheels\n`).MatchString(index) {
		t.Errorf("the job wheels publishes no wheels:\n%s", index)
	}
	sums := readFile(t, filepath.Join(r.first, "checksums.txt"))
	for name := range readFolder(t, r.first) {
		if name != "checksums.txt" && !strings.Contains(sums, "  "+name+"\n") {
			t.Errorf("%s has no sum, and so no signature", name)
		}
	}
}

// releaseWorkflow is what makes a release.
var releaseWorkflow = filepath.Join(".github", "workflows", "release.yaml")

// workflow is the part of one that is looked at here.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]job
}

type job struct {
	Needs       string
	Environment string
	Permissions map[string]string
	Container   struct{ Image string }
	Strategy    struct{ Matrix struct{ Template []string } }
	Steps       []struct {
		Uses, Run string
		With      map[string]string
	}
}

// An action is pinned by its commit, an image by its digest, a tool by its version.
var (
	pinnedAction = regexp.MustCompile(`^[\w-]+/[\w./-]+@[0-9a-f]{40}$`)
	pinnedImage  = regexp.MustCompile(`^(docker://)?[\w./:-]+@sha256:[0-9a-f]{64}$`)
	anyTool      = regexp.MustCompile(`(?:install-tool\.sh|go install|go run) +([\w.-]+\.[\w.-]+/\S+)`)
	pinnedTool   = regexp.MustCompile(`@v\d+\.\d+\.\d+$`)
	commit       = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// moreThanRead are the rights of jobs beyond reading: by workflow and job.
var moreThanRead = map[string]map[string]string{
	"release.yaml/publish": {"contents": "write", "id-token": "write", "attestations": "write"},
	"release.yaml/wheels":  {"id-token": "write"},
}

func TestWorkflowsPinActionsAndAskForLittle(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("workflows: %q, %v", names, err)
	}
	for _, name := range names {
		name = filepath.Base(name)
		var w workflow
		parse(t, filepath.Join(".github", "workflows", name), &w)
		for _, problem := range problems(name, w) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// problems are what makes a workflow of that name less safe than it could be.
func problems(name string, w workflow) (list []string) {
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if !maps.Equal(w.Permissions, map[string]string{"contents": "read"}) {
		add("the rights of all jobs are %v", w.Permissions)
	}
	for title, j := range w.Jobs {
		allowed := moreThanRead[name+"/"+title]
		if len(allowed) == 0 {
			allowed = map[string]string{"contents": "read"}
		}
		if j.Permissions != nil && !maps.Equal(j.Permissions, allowed) || j.Permissions == nil && name == "release.yaml" {
			add("job %s has the rights %v", title, j.Permissions)
		}
		if j.Container.Image != "" && !pinnedImage.MatchString(j.Container.Image) {
			add("job %s runs in %s", title, j.Container.Image)
		}
		for _, s := range j.Steps {
			if s.Uses != "" && !pinnedAction.MatchString(s.Uses) && !pinnedImage.MatchString(s.Uses) {
				add("%s is not pinned", s.Uses)
			}
			if s.With["repository"] != "" && !commit.MatchString(s.With["ref"]) {
				add("%s is checked out at %q", s.With["repository"], s.With["ref"])
			}
			for _, tool := range anyTool.FindAllStringSubmatch(s.Run, -1) {
				if !strings.HasPrefix(tool[1], "./") && !pinnedTool.MatchString(tool[1]) {
					add("%s is not pinned", tool[1])
				}
			}
			if s.With["go-version"] != "" {
				add("job %s names a version of Go beside that of go.mod", title)
			}
			if len(moreThanRead[name+"/"+title]) > 0 && (strings.Contains(s.Run, "go ") || strings.Contains(s.Run, "make") || strings.Contains(s.Uses, "/checkout@")) {
				add("job %s may write, and builds", title)
			}
		}
	}
	return list
}

// What the check is for is found.
func TestUnsafeWorkflowsAreFound(t *testing.T) {
	t.Parallel()
	const head = "permissions: {contents: read}\njobs: {j: {permissions: {contents: read}, "
	for text, want := range map[string]string{
		"jobs: {j: {permissions: {contents: read}, steps: []}}":                            "the rights of all jobs are map[]",
		"permissions: {contents: read}\njobs: {j: {steps: []}}":                            "job j has the rights map[]",
		head + "steps: [{uses: actions/checkout@v5}]}}":                                    "actions/checkout@v5 is not pinned",
		head + "steps: [{uses: 'docker://alpine:3'}]}}":                                    "docker://alpine:3 is not pinned",
		head + "container: {image: 'debian:12'}, steps: []}}":                              "job j runs in debian:12",
		head + "steps: [{run: hack/install-tool.sh example.org/tool@latest x}]}}":          "example.org/tool@latest is not pinned",
		head + "steps: [{with: {repository: a/b, ref: main}}]}}":                           "a/b is checked out at \"main\"",
		"permissions: {contents: read}\njobs: {publish: {permissions: {packages: write}}}": "job publish has the rights map[packages:write]",
	} {
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		if got := problems("release.yaml", w); !slices.Contains(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// A release is made by the very toolchain that go.mod names.
func TestToolchainIsExact(t *testing.T) {
	t.Parallel()
	if !regexp.MustCompile(`(?m)^toolchain go1\.\d+\.\d+$`).MatchString(readFile(t, filepath.Join("..", "..", "go.mod"))) {
		t.Error("go.mod names no toolchain")
	}
}

// README.md verifies against one workflow and one tag, and the version it shows.
func TestReadmeNamesWhoSigns(t *testing.T) {
	t.Parallel()
	text := readFile(t, filepath.Join("..", "..", "README.md"))
	if !strings.Contains(text, "--certificate-identity https://github.com/catalyst-cloud/kubectl-catalyst/.github/workflows/release.yaml@refs/tags/"+first) ||
		strings.Contains(text, "certificate-identity-regexp") {
		t.Error("README.md does not name the workflow and the tag that sign")
	}
}

// The bot is run for every plugin of plugins.yaml.
func TestReleaseTellsKrewAboutEveryPlugin(t *testing.T) {
	t.Parallel()
	var w workflow
	parse(t, releaseWorkflow, &w)
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
