package openstack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Identity is what Keystone says about a token.
type Identity struct {
	User, UserID, Project, ProjectID string
	Roles                            []string
}

// Token signs a user in with the password and returns a token for the project.
func (s *Services) Token(ctx context.Context, user, project string) (string, error) {
	domain := map[string]any{"id": "default"}
	resp, err := s.call(ctx, http.MethodPost, s.KeystoneURL+"/auth/tokens", "", map[string]any{"auth": map[string]any{
		"identity": map[string]any{"methods": []string{"password"}, "password": map[string]any{
			"user": map[string]any{"name": user, "domain": domain, "password": s.Secrets[user]},
		}},
		"scope": map[string]any{"project": map[string]any{"name": project, "domain": domain}},
	}}, nil)
	if err != nil {
		return "", fmt.Errorf("signing in %q: %w", user, err)
	}
	return resp.Get("X-Subject-Token"), nil
}

// Validate asks Keystone about a token, in the token's own name.
func (s *Services) Validate(ctx context.Context, token string) (Identity, error) {
	type named struct{ ID, Name string }
	var out struct {
		Token struct {
			User, Project named
			Roles         []named
		}
	}
	url := s.KeystoneURL + "/auth/tokens?nocatalog"
	if _, err := s.call(ctx, http.MethodGet, url, token, nil, &out); err != nil {
		return Identity{}, fmt.Errorf("checking a token: %w", err)
	}
	t := out.Token
	id := Identity{User: t.User.Name, UserID: t.User.ID, Project: t.Project.Name, ProjectID: t.Project.ID}
	for _, r := range t.Roles {
		id.Roles = append(id.Roles, r.Name)
	}
	return id, nil
}

// Revoke makes Keystone refuse the token from now on, and Magnum forget which
// tokens it has found to be valid.
func (s *Services) Revoke(ctx context.Context, token string) error {
	_, err := s.call(ctx, http.MethodDelete, s.KeystoneURL+"/auth/tokens", token, nil, nil)
	if err != nil {
		return fmt.Errorf("revoking a token: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "state", "revoked"), nil, 0o600) // its time counts
}

// CA returns the cluster's CA certificate as PEM. Like Sign it must be asked
// for with the token of the cluster's creator.
func (s *Services) CA(ctx context.Context, token, cluster string) ([]byte, error) {
	var out struct{ PEM string }
	if _, err := s.call(ctx, http.MethodGet, s.MagnumURL+"/certificates/"+cluster, token, nil, &out); err != nil {
		return nil, fmt.Errorf("getting the CA of %q: %w", cluster, err)
	}
	return []byte(out.PEM), nil
}

// Sign has the cluster's CA sign a certificate request; both are PEM.
func (s *Services) Sign(ctx context.Context, token, cluster string, csr []byte) ([]byte, error) {
	var out struct{ PEM string }
	in := map[string]string{"cluster_uuid": cluster, "csr": string(csr)}
	if _, err := s.call(ctx, http.MethodPost, s.MagnumURL+"/certificates", token, in, &out); err != nil {
		return nil, fmt.Errorf("signing for %q: %w", cluster, err)
	}
	return []byte(out.PEM), nil
}

// Rotate replaces the cluster's CA.
func (s *Services) Rotate(ctx context.Context, token, cluster string) error {
	if _, err := s.call(ctx, http.MethodPatch, s.MagnumURL+"/certificates/"+cluster, token, nil, nil); err != nil {
		return fmt.Errorf("rotating the CA of %q: %w", cluster, err)
	}
	return nil
}

// Create has Magnum make a cluster from a template, given by name.
func (s *Services) Create(ctx context.Context, token, name, template string, nodes int) error {
	var from struct{ UUID string }
	if _, err := s.call(ctx, http.MethodGet, s.MagnumURL+"/clustertemplates/"+template, token, nil, &from); err != nil {
		return fmt.Errorf("looking up the template %q: %w", template, err)
	}
	in := map[string]any{"name": name, "cluster_template_id": from.UUID, "node_count": nodes}
	if _, err := s.call(ctx, http.MethodPost, s.MagnumURL+"/clusters", token, in, nil); err != nil {
		return fmt.Errorf("creating %q: %w", name, err)
	}
	return nil
}

// Finish ends the operations on a cluster whose label lab_delay is "held", the
// current and all later ones.
func (s *Services) Finish(uuid string) error {
	return os.WriteFile(filepath.Join(s.dir, "state", uuid+".finish"), nil, 0o600)
}

// Status returns the cluster's status, such as CREATE_COMPLETE.
func (s *Services) Status(ctx context.Context, token, cluster string) (string, error) {
	seen, err := s.show(ctx, token, cluster)
	return seen.Status, err
}

// Cluster looks a cluster up by name or UUID with the eyes of a user.
func (s *Services) Cluster(ctx context.Context, user, project, ref string) (Cluster, error) {
	token, err := s.Token(ctx, user, project)
	if err != nil {
		return Cluster{}, err
	}
	seen, err := s.show(ctx, token, ref)
	if err != nil {
		return Cluster{}, fmt.Errorf("looking up the cluster %q: %w", ref, err)
	}
	c, err := s.Described(seen.UUID, seen.UserID, seen.ProjectID)
	c.Name, c.Stack = seen.Name, seen.Stack
	return c, err
}

// Described is the cluster with the given ids, nameless.
func (s *Services) Described(uuid, userID, projectID string) (Cluster, error) {
	c := Cluster{UUID: uuid, Scheme: "https"}
	for name, id := range s.IDs {
		switch id {
		case userID:
			c.User = name
		case projectID:
			c.Project = name
		}
	}
	if c.User == "" || c.Project == "" {
		return c, fmt.Errorf("the cluster %s belongs to nobody the test bed knows", uuid)
	}
	return c, nil
}

// shown is what of a cluster the test bed cares for.
type shown struct {
	UUID, Name, Status string
	Stack              string `json:"stack_id"`
	UserID             string `json:"user_id"`
	ProjectID          string `json:"project_id"`
}

func (s *Services) show(ctx context.Context, token, cluster string) (out shown, err error) {
	_, err = s.call(ctx, http.MethodGet, s.MagnumURL+"/clusters/"+cluster, token, nil, &out)
	return out, err
}

// call makes one request, JSON in and JSON out, and returns the answer's header.
func (s *Services) call(ctx context.Context, method, url, token string, in, out any) (http.Header, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("OpenStack-API-Version", "container-infra 1.10")
	if token != "" {
		req.Header.Set("X-Auth-Token", token)
		req.Header.Set("X-Subject-Token", token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s answers %s: %.300s", req.URL.Path, resp.Status, data)
	}
	if out != nil {
		err = json.Unmarshal(data, out)
	}
	return resp.Header, err
}
