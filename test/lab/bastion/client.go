package bastion

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Passphrase protects the second of the user's keys, id_locked.
const Passphrase = "correct-horse"

// keys makes the bastion's key and the user's two.
func (h *Host) keys(ctx context.Context) error {
	script := `set -e
ssh-keygen -q -t ed25519 -N '' -C bastion -f host_key
ssh-keygen -q -t ed25519 -N '' -C user -f id
ssh-keygen -q -t ed25519 -N "$1" -C locked -f id_locked
ssh-keygen -q -t ed25519 -N '' -C stranger -f id_stranger
cat id.pub id_locked.pub >authorized_keys`
	cmd := h.root.Command(ctx, h.Dir, h.Dir, nil, "/bin/sh", "-c", script, "sh", Passphrase)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making keys: %w: %s", err, out)
	}
	pub, err := os.ReadFile(filepath.Join(h.Dir, "host_key.pub"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.Dir, "known_hosts"), append([]byte("bastion "), pub...), 0o600)
}

// Config returns an ssh_config in which the bastion is called bastion, and inner
// when one jumps from it to itself. key is one of
// id, id_locked and id_stranger, which the bastion does not know. known_hosts may be
// empty: a host whose key is not known.
func (h *Host) Config(key, knownHosts string) string {
	host, port, _ := net.SplitHostPort(h.Addr()) // from a listener
	if knownHosts == "" {
		knownHosts = filepath.Join(h.Dir, "known_hosts")
	}
	return strings.Join([]string{
		"Host bastion", "HostName " + host, "Port " + port, "User " + User, "HostKeyAlias bastion",
		"IdentityFile " + filepath.Join(h.Dir, key), "IdentitiesOnly yes", "IdentityAgent none",
		"UserKnownHostsFile " + knownHosts, "GlobalKnownHostsFile /dev/null", "",
		// The bastion seen from itself: a host behind another one.
		"Host inner", "HostName 127.0.0.1", "Port 22", "ProxyJump bastion", "User " + User, "HostKeyAlias bastion",
		"IdentityFile " + filepath.Join(h.Dir, key), "IdentitiesOnly yes", "IdentityAgent none",
		"UserKnownHostsFile " + knownHosts, "GlobalKnownHostsFile /dev/null", "",
	}, "\n")
}

// InstallSSH puts Debian's ssh into a folder for PATH. It takes its configuration
// from ~/.ssh/config, where ~ is HOME: a real one would look the folder up in
// /etc/passwd.
func (h *Host) InstallSSH(dir string) error {
	libraries, err := filepath.Glob(filepath.Join(string(h.root), "usr/lib/*-linux-gnu*"))
	if err != nil {
		return err
	}
	for _, lib := range libraries {
		loaders, err := filepath.Glob(filepath.Join(lib, "ld-linux-*.so.*"))
		if err != nil || len(loaders) == 0 {
			continue
		}
		script := fmt.Sprintf("#!/bin/sh\nexec %q --argv0 ssh --library-path %q %q -F \"$HOME/.ssh/config\" \"$@\"\n",
			loaders[0], lib, filepath.Join(string(h.root), "usr/bin/ssh"))
		if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o700); err != nil {
			return err
		}
		cmd := exec.Command(filepath.Join(dir, "ssh"), "-V")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("OpenSSH")) {
			return fmt.Errorf("running Debian's ssh: %w: %s", err, out)
		}
		return nil
	}
	return fmt.Errorf("there is no ld-linux.so in %s", h.root)
}
