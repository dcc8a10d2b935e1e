package lab

import (
	"context"
	"encoding/json"
	"net"
	"net/http"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// listen serves what the bed's own servers ask the bed: the pretended Nova,
// Glance and Neutron, the API addresses of new clusters, and whose a token is.
func (l *Lab) listen() (url string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	url = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/", openstack.Stub(url))
	mux.HandleFunc("GET /address", l.address)
	mux.Handle("POST /tokenreview", kube.TokenReview(l.who))
	l.hook = &http.Server{Handler: mux}
	go func() { _ = l.hook.Serve(listener) }() // ends with Close
	return url, nil
}

// who asks Keystone about a token. Roles and project become groups, each behind
// a prefix, so that no role can pass for a group of Kubernetes itself.
func (l *Lab) who(ctx context.Context, token string) (kube.User, error) {
	if err := l.settled(ctx); err != nil {
		return kube.User{}, err
	}
	id, err := l.services.Validate(ctx, token)
	if err != nil {
		return kube.User{}, err
	}
	groups := []string{"keystone-project:" + id.ProjectID}
	for _, role := range id.Roles {
		groups = append(groups, "keystone:"+role)
	}
	return kube.User{Username: id.User, UID: id.UserID, Groups: groups, Extra: map[string][]string{
		"alpha.kubernetes.io/identity/project/id":   {id.ProjectID},
		"alpha.kubernetes.io/identity/project/name": {id.Project},
	}}, nil
}

// address answers a cluster that has just come up and wants to know where its
// API is. With Kubernetes the API server is started first: what is complete
// works.
func (l *Lab) address(w http.ResponseWriter, r *http.Request) {
	url, err := l.addressFor(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"address": url})
}

func (l *Lab) addressFor(r *http.Request) (string, error) {
	if err := l.settled(r.Context()); err != nil {
		return "", err
	}
	if l.tools == "" {
		return "https://" + l.dead.Addr(), nil
	}
	q := r.URL.Query()
	described, err := l.services.Described(q.Get("cluster"), q.Get("user"), q.Get("project"))
	if err != nil {
		return "", err
	}
	c, err := l.add(described)
	if err != nil {
		return "", err
	}
	return l.run(r.Context(), c)
}

// settled waits until the services are known.
func (l *Lab) settled(ctx context.Context) error {
	select {
	case <-l.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
