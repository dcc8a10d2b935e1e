package support

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Kubectl is how the Kubernetes part reaches the cluster: with the kubectl and
// the kubeconfig that its user works with, so that sign-in, proxies and tunnels
// are theirs too.
type Kubectl struct {
	Path       string   // of the program
	Kubeconfig string   // --kubeconfig; "" leaves the choice to kubectl
	Context    string   // --context; "" looks for one that leads to the cluster
	Environ    []string // the environment to run it with
}

// kubectlTime bounds one question to the API server.
const kubectlTime = 20 * time.Second

// run asks kubectl and decodes its JSON answer.
func (k Kubectl) run(ctx context.Context, into any, args ...string) error {
	limited, cancel := context.WithTimeout(ctx, kubectlTime)
	defer cancel()
	if k.Kubeconfig != "" {
		args = append(args, "--kubeconfig", k.Kubeconfig)
	}
	cmd := exec.CommandContext(limited, k.Path, append(args, "-o", "json")...)
	cmd.Env = k.Environ
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return fmt.Errorf("kubectl %s took longer than %s", strings.Join(args[:2], " "), kubectlTime)
	case err != nil:
		return fmt.Errorf("kubectl %s: %s", strings.Join(args[:2], " "), lastLine(stderr.String(), err))
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("reading what kubectl %s said: %w", strings.Join(args[:2], " "), err)
	}
	return nil
}

// lastLine returns the line in which kubectl reports its error; warnings come first.
func lastLine(stderr string, err error) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}

// kubeconfigView is the part of `kubectl config view` that shows where contexts lead.
type kubeconfigView struct {
	Current  string `json:"current-context"`
	Contexts []struct {
		Name    string
		Context struct {
			Cluster    string
			Extensions []struct {
				Name      string
				Extension json.RawMessage
			}
		}
	}
	Clusters []struct {
		Name    string
		Cluster struct{ Server string }
	}
}

// chooseContext returns the context to use: the one asked for, else one that leads to
// the cluster of that address or UUID, the current one first. Another cluster's
// nodes in a ticket would mislead, so no other context will do.
func (k Kubectl) chooseContext(ctx context.Context, address, uuid string) (string, error) {
	if k.Path == "" {
		return "", leftOut("there is no kubectl on PATH")
	}
	if k.Context != "" {
		return k.Context, nil
	}
	var config kubeconfigView
	if err := k.run(ctx, &config, "config", "view"); err != nil {
		return "", err
	}
	servers := map[string]string{}
	for _, c := range config.Clusters {
		servers[c.Name] = c.Cluster.Server
	}
	found := ""
	for _, c := range config.Contexts {
		leads := address != "" && sameServer(servers[c.Context.Cluster], address)
		for _, e := range c.Context.Extensions {
			leads = leads || uuid != "" && bytes.Contains(e.Extension, []byte(`"`+uuid+`"`))
		}
		if leads && (found == "" || c.Name == config.Current) {
			found = c.Name
		}
	}
	if found == "" {
		return "", clierr.WithHint(leftOut("no context of the kubeconfig leads to this cluster"),
			"log in to it first, or name a context with --context")
	}
	return found, nil
}

func sameServer(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}
