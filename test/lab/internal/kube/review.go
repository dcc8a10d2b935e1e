package kube

import (
	"context"
	"encoding/json"
	"net/http"
)

// User is who a token belongs to.
type User struct {
	Username string              `json:"username"`
	UID      string              `json:"uid"`
	Groups   []string            `json:"groups"`
	Extra    map[string][]string `json:"extra,omitempty"`
}

// TokenReview answers an API server's question whose token it was shown, in the
// form of authentication.k8s.io/v1.
func TokenReview(who func(context.Context, string) (User, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Spec       struct {
				Token string `json:"token"`
			} `json:"spec"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&review); err != nil {
			http.Error(w, "not a TokenReview", http.StatusBadRequest)
			return
		}
		status := map[string]any{"authenticated": false}
		if user, err := who(r.Context(), review.Spec.Token); err == nil {
			status = map[string]any{"authenticated": true, "user": user}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"apiVersion": review.APIVersion, "kind": review.Kind, "status": status,
		})
	})
}
