package lab

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// CloudsYAML returns a clouds.yaml with the clouds alice, bob, carol, admin,
// appcred and appcred-unrestricted. It holds their secrets.
func (l *Lab) CloudsYAML() []byte { return l.services.CloudsYAML() }

// Env returns what the openrc of a user or application credential exports, as
// KEY=value. It holds the secret.
func (l *Lab) Env(user string) []string { return l.services.Env(user) }

// Password returns the password of a user or the secret of an application
// credential.
func (l *Lab) Password(name string) string { return l.services.Secrets[name] }

// ID returns the id of a user, project or application credential.
func (l *Lab) ID(name string) string { return l.services.IDs[name] }

// UUID returns the UUID of a seeded cluster; of two with one name, either.
func (l *Lab) UUID(name string) string {
	for _, c := range l.services.Clusters {
		if c.Name == name {
			return c.UUID
		}
	}
	return ""
}

// Token signs a user in with the password, as scoped as in clouds.yaml, and
// returns the token.
func (l *Lab) Token(ctx context.Context, user string) (string, error) {
	return l.services.Token(ctx, user, openstack.Project(user))
}

// RevokeToken makes Keystone and Magnum refuse a token from now on.
func (l *Lab) RevokeToken(ctx context.Context, token string) error {
	return l.services.Revoke(ctx, token)
}

// FinishOperations ends the operations on a cluster that was created with the
// label lab_delay=held, or with Cluster API under a name in "held-": the one that is under way and all later ones. It waits for
// Magnum to know the cluster, whose creation may have been accepted just now.
func (l *Lab) FinishOperations(ctx context.Context, ref string) error {
	return proc.Ready(ctx, func(ctx context.Context) error {
		c, err := l.services.Cluster(ctx, "alice", "demo", ref)
		if err != nil {
			return err
		}
		if l.controllers == nil {
			return l.services.Finish(c.UUID)
		}
		if c.Stack == "" {
			return fmt.Errorf("waiting for Magnum to begin with %q", ref)
		}
		l.controllers.Release(c.Stack)
		return nil
	})
}

// RestartMagnum restarts Magnum's API at the same address.
func (l *Lab) RestartMagnum(ctx context.Context) error { return l.services.RestartMagnum(ctx) }

// OpenStackCmd prepares the real openstack client in the name of a user or
// application credential. It runs in dir, a folder of this machine, and may
// leave files there.
func (l *Lab) OpenStackCmd(ctx context.Context, user, dir string, args ...string) *exec.Cmd {
	return l.services.Client(ctx, user, dir, args...)
}

// OpenStack runs the real openstack client and returns its standard output.
func (l *Lab) OpenStack(ctx context.Context, user, dir string, args ...string) ([]byte, error) {
	cmd := l.OpenStackCmd(ctx, user, dir, args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("openstack %q: %w: %s", args, err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out.Bytes(), nil
}

// Kubectl returns the path of the real kubectl, of the API servers' own version;
// "" without Kubernetes.
func (l *Lab) Kubectl() string {
	if l.tools == "" {
		return ""
	}
	return l.tools.Path("kubectl")
}
