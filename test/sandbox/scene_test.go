package sandbox_test

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A scene has its own region, project, templates and clusters, and no others.
func TestScene(t *testing.T) {
	t.Parallel()
	scene := sandbox.Scene{Region: "nz-por-1", Project: "example-project",
		Templates: []sandbox.Template{{Name: "old", Version: "v1.34.2", Tags: "deprecated"}, {Name: "new", Version: "v1.36.3"}},
		Clusters:  []sandbox.Cluster{{Name: "prod", Template: "new", Masters: 3, Nodes: 5, Labels: map[string]string{"team": "web"}, Fault: "no volume"}}}
	s, err := sandbox.Start(sandbox.Options{Scene: &scene})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if env := s.Env("alice"); env["OS_REGION_NAME"] != "nz-por-1" || env["OS_PROJECT_NAME"] != "example-project" {
		t.Errorf("got %v", env)
	}
	if !strings.Contains(string(s.CloudsYAML("bob")), "region_name: nz-por-1\n") {
		t.Errorf("clouds.yaml:\n%s", s.CloudsYAML("bob"))
	}
}

func TestSceneWithoutTheTemplate(t *testing.T) {
	t.Parallel()
	_, err := sandbox.Start(sandbox.Options{Scene: &sandbox.Scene{Region: "r", Project: "p", Clusters: []sandbox.Cluster{{Name: "prod", Template: "gone"}}}})
	if err == nil || !strings.Contains(err.Error(), `template "gone"`) {
		t.Errorf("got %v", err)
	}
}
