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

// Grant creates the roles and bindings, unless they are there.
func (a *APIServer) Grant(ctx context.Context) error {
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
	status, answer, err := a.Call(ctx, http.MethodPost, path, "application/json", data)
	if err != nil || status == http.StatusCreated || status == http.StatusConflict {
		return err
	}
	return refused(path, status, answer)
}

// get reads an object.
func (a *APIServer) get(ctx context.Context, path string, into any) error {
	status, answer, err := a.Call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return refused(path, status, answer)
	}
	return json.Unmarshal(answer, into)
}

func refused(path string, status int, answer []byte) error {
	return fmt.Errorf("%s: %s: %s", path, http.StatusText(status), answer[:min(len(answer), 1000)])
}

// Call sends a request as the administrator and returns the status and the body of
// the answer.
func (a *APIServer) Call(ctx context.Context, method, path, contentType string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.URL()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.Token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
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
