package kube

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// access are the roles and bindings that give Keystone's roles their meaning:
// k8s_admin may do everything; k8s_developer and k8s_viewer may look.
//
//go:embed files/access.json
var access []byte

const rbac = "rbac.authorization.k8s.io/v1"

// grant creates the roles and bindings, unless they are there.
func (a *APIServer) grant(ctx context.Context) error {
	var objects []map[string]any
	if err := json.Unmarshal(access, &objects); err != nil {
		return fmt.Errorf("reading the access rules: %w", err)
	}
	for _, o := range objects {
		o["apiVersion"] = rbac
		kind := strings.ToLower(o["kind"].(string)) + "s"
		if err := a.create(ctx, "/apis/"+rbac+"/"+kind, o); err != nil {
			return fmt.Errorf("creating access rules: %w", err)
		}
	}
	return nil
}

// create posts an object; one that exists already is left as it is.
func (a *APIServer) create(ctx context.Context, path string, object any) error {
	data, err := json.Marshal(object)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL()+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusCreated || resp.StatusCode == http.StatusConflict {
		return nil
	}
	why, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
	return fmt.Errorf("%s: %s: %s", path, resp.Status, why)
}

// get reads an object.
func (a *APIServer) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// server is what a kubeconfig says about an API server and how to sign in.
type server struct {
	url, token, name string // name is what the certificate is issued to
	ca               []byte // PEM
}

// kubeconfig renders a kubeconfig; JSON is YAML, too.
func kubeconfig(s server) []byte {
	cluster := map[string]any{"server": s.url}
	if s.ca != nil {
		cluster["certificate-authority-data"], cluster["tls-server-name"] = s.ca, s.name
	}
	user := map[string]any{}
	if s.token != "" {
		user["token"] = s.token
	}
	named := func(kind string, what any) []any { return []any{map[string]any{"name": "lab", kind: what}} }
	data, _ := json.Marshal(map[string]any{ // maps of strings and bytes always marshal
		"apiVersion": "v1", "kind": "Config", "current-context": "lab",
		"clusters": named("cluster", cluster), "users": named("user", user),
		"contexts": named("context", map[string]any{"cluster": "lab", "user": "lab"}),
	})
	return data
}
