package docs

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// pipeline is a job of an example for a code host: what it runs, and which
// reports it hands over whatever the outcome.
type pipeline struct {
	page    string
	number  int
	script  []string
	reports []string
}

// The examples for pipelines do what they promise: they pass on manifests that
// are well, fail on a mistake, and hand over a report that names it.
func TestPipelines(t *testing.T) {
	t.Parallel()
	var all []pipeline
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language == "yaml" {
				all = append(all, pipelines(t, p, b)...)
			}
		}
	}
	if len(all) < 3 {
		t.Fatalf("the pages have %d examples of pipelines", len(all))
	}
	for _, job := range all {
		for name, mistake := range map[string]bool{"well": false, "mistake": true} {
			t.Run(fmt.Sprintf("%s:%d/%s", filepath.Base(job.page), job.number, name), func(t *testing.T) {
				t.Parallel()
				job.play(t, mistake)
			})
		}
	}
}

// pipelines reads a workflow of GitHub or a file of GitLab; what is neither has none.
func pipelines(t *testing.T, p *page, b block) []pipeline {
	t.Helper()
	text := []byte(strings.Join(b.lines, "\n"))
	jobs, err := github(text)
	if err == nil && len(jobs) == 0 {
		jobs, err = gitlab(text)
	}
	if err != nil {
		t.Errorf("%s:%d: %v", p.name, b.number, err)
	}
	for i := range jobs {
		jobs[i].page, jobs[i].number = p.name, b.number
	}
	return jobs
}

// errHidden is the mistake that makes a report useless.
var errHidden = errors.New("the report of a failed check would not be shown")

func github(text []byte) (jobs []pipeline, err error) {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Run, If string
				With    map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		return nil, err
	}
	for _, job := range workflow.Jobs {
		var one pipeline
		for _, s := range job.Steps {
			if s.Run != "" {
				one.script = append(one.script, s.Run)
			}
			if file, ok := s.With["sarif_file"].(string); ok {
				one.reports = append(one.reports, file)
				if s.If == "" {
					err = errHidden
				}
			}
		}
		jobs = append(jobs, one)
	}
	return jobs, err
}

func gitlab(text []byte) (jobs []pipeline, err error) {
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for _, part := range file {
		if fields, ok := part.(map[string]any); !ok || fields["script"] == nil {
			continue // this is no job, and perhaps not GitLab's file
		}
		var job struct {
			Script    []string
			Artifacts struct {
				When    string
				Reports map[string]string
			}
		}
		data, err := yaml.Marshal(part)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(data, &job); err != nil {
			return nil, err
		}
		if job.Artifacts.When != "always" {
			return nil, errHidden
		}
		jobs = append(jobs, pipeline{script: job.Script, reports: slices.Collect(maps.Values(job.Artifacts.Reports))})
	}
	return jobs, nil
}

func (job pipeline) play(t *testing.T, mistake bool) {
	w := newWorld(t, clusters())
	who := w.person("runner")
	if mistake {
		data, err := os.ReadFile(filepath.Join("testdata", "mistake.yaml"))
		w.must(err)
		w.must(os.WriteFile(filepath.Join(who.home, "manifests", "mistake.yaml"), data, 0o600))
	}
	w.run(who, "export GITHUB_STEP_SUMMARY=summary.md", false)
	failed := false
	for _, command := range job.script {
		if e, ok := exceptionFor(job.page, command); ok && e.elsewhere {
			continue
		}
		printed, code := w.run(who, command, false)
		if code != 0 && code != 3 {
			t.Errorf("%s: exit code %d\n%s", command, code, strings.Join(printed, "\n"))
		}
		failed = failed || code != 0
	}
	if failed != mistake {
		t.Errorf("failed: %v, want %v", failed, mistake)
	}
	for _, name := range append(job.reports, summaries(who)...) {
		data, err := os.ReadFile(filepath.Join(who.home, name))
		if err != nil {
			t.Error(err)
		} else if err := sound(name, data, mistake); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// summaries are the files that a job wrote for its page, if it did.
func summaries(p *person) []string {
	if _, err := os.Stat(filepath.Join(p.home, "summary.md")); err != nil {
		return nil
	}
	return []string{"summary.md"}
}

// sound checks that a report can be read by those it is for.
func sound(name string, data []byte, mistake bool) error {
	found := strings.Contains(string(data), "netpol-default-deny")
	switch filepath.Ext(name) {
	case ".sarif":
		var log struct {
			Version string
			Runs    []struct{ Results []json.RawMessage }
		}
		if err := json.Unmarshal(data, &log); err != nil {
			return err
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || (len(log.Runs[0].Results) > 0) != mistake {
			return fmt.Errorf("it is no SARIF 2.1.0 with the results expected")
		}
	case ".xml":
		var suites struct {
			Failures int `xml:"failures,attr"`
		}
		if err := xml.Unmarshal(data, &suites); err != nil {
			return err
		}
		if (suites.Failures > 0) != mistake {
			return fmt.Errorf("%d failures", suites.Failures)
		}
	}
	if found != mistake {
		return fmt.Errorf("it names the mistake: %v", found)
	}
	return nil
}
