package hostile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// own are the victim's secrets: in clouds.yaml, secure.yaml, in files that these
// name, in variables. The server repeats them.
const (
	ownPassword = "al/ce \"pw\" ä+<1>"
	ownKeyLine  = "MHcCAQEEIPlantedPlantedPlantedPlantedPlantedPlantedPlantedoAoGCCqG"
	ownProxy    = "pr0xy/p@ss"
	ownVariable = "vari4ble-s3cret"
)

// planted is a text of a server in which secret stands.
type planted struct{ text, secret string }

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// plantedTexts are secrets in odd shapes. The server puts each into a label whose
// name says nothing.
func plantedTexts() []planted {
	inJSON, _ := json.Marshal(ownPassword)
	own := []planted{
		{"cannot mount with " + ownPassword + " on node", ownPassword},
		{"GET /?p=" + url.QueryEscape(ownPassword), url.QueryEscape(ownPassword)},
		{"GET /" + url.PathEscape(ownPassword), url.PathEscape(ownPassword)},
		{"said {\"x\":" + string(inJSON) + "}", string(inJSON[1 : len(inJSON)-1])},
		{"data " + base64Of(ownPassword), base64Of(ownPassword)[:16]},
		{"data " + base64Of("a"+ownPassword+"bc"), base64Of("a" + ownPassword + "bc")[2:18]},
		{"data " + base64Of("ab"+ownPassword+"c"), base64Of("ab" + ownPassword + "c")[3:19]},
		{"data " + base64.RawURLEncoding.EncodeToString([]byte("x: "+ownPassword)), base64.RawURLEncoding.EncodeToString([]byte("x: " + ownPassword))[4:20]},
		{"hex " + fmt.Sprintf("%x", ownPassword), fmt.Sprintf("%x", ownPassword)},
		{"the key has the line " + ownKeyLine, ownKeyLine},
		{"the proxy refused " + ownProxy, ownProxy},
		{"a variable is " + ownVariable, ownVariable},
		{"clouds.yaml is " + base64Of("clouds:\n  other:\n    auth:\n      password: 0ther-pl4nted\n"), base64Of("clouds:\n  other:\n    auth:\n      password: 0ther-pl4nted\n")[8:32]},
	}
	return append(own, strangersSecrets()...)
}

// strangersSecrets are secrets that nobody on this machine knows of.
func strangersSecrets() []planted {
	jwt := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ"
	return []planted{
		{"proxy http://u:pl4n/ted@proxy:3128 is down", "pl4n/ted"},
		{"proxy http://u:pl4n@ted@proxy:3128 is down", "ted@proxy"},
		{"proxy http://u:12/34567@proxy is down", "34567"},
		{"proxy user:pl4nted-a@proxy:3128 is down", "pl4nted-a"},
		{`{"proxy":"http:\/\/u:pl4nted-b@proxy"}`, "pl4nted-b"},
		{"callback=http%3A%2F%2Fu%3Apl4nted-c%40proxy", "pl4nted-c"},
		{"password=ab;pl4nted-d", "pl4nted-d"}, {"password=ab,pl4nted-e user=x", "pl4nted-e"},
		{`password="two pl4nted-f"`, "pl4nted-f"}, {`password='two pl4nted-g'`, "pl4nted-g"},
		{`{\"password\": \"two pl4nted-h\"}`, "pl4nted-h"}, {"ran login --password pl4nted-i --verbose", "pl4nted-i"},
		{"ran mysqldump -p pl4nted-j db", "pl4nted-j"}, {"ran docker login -u alice -p pl4nted-k", "pl4nted-k"},
		{"pwd=pl4nted-l", "pl4nted-l"}, {"PASS: pl4nted-m", "pl4nted-m"}, {"db_pw=pl4nted-n", "pl4nted-n"}, {"MYSQLPASS=pl4nted-o", "pl4nted-o"},
		{`//registry.example.org/:_auth=pl4nted-p`, "pl4nted-p"}, {`//registry.example.org/:_authToken=pl4nted-q`, "pl4nted-q"},
		{`{"auths":{"r.example.org":{"auth":"YWxpY2U6cGw0bnRlZA=="}}}`, "YWxpY2U6cGw0bnRlZA"},
		{"Set-Cookie: sid=pl4nted-r; Path=/; HttpOnly", "pl4nted-r"}, {"Cookie: a=b; sid=pl4nted-s", "pl4nted-s"},
		{"Authorization: Basic YWxpY2U6cGw0bnRlZC10", "YWxpY2U6cGw0bnRlZC10"}, {"Proxy-Authorization: Digest user=a, response=pl4nted-u", "pl4nted-u"},
		{"curl -H 'X-Auth-Token: pl4nted-v' x", "pl4nted-v"}, {"curl -u alice:pl4nted-w https://x", "pl4nted-w"},
		{"sent bearer pl4nted.x-0123", "pl4nted.x"}, {"token was " + jwt, "eyJzdWIi"},
		{"token gAAAAABnPq-0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ== is old", "gAAAAABnPq"},
		{"cloned with ghp_0123456789abcdefghijPLANTED012345678", "ghp_0123"}, {"gho_0123456789abcdefghijPLANTED012345678", "gho_0123"},
		{"ghs_0123456789abcdefghijPLANTED012345678", "ghs_0123"}, {"github_pat_11ABCDEFG0123456789_PLANTEDplanted0123456789", "github_pat_11"},
		{"glpat-PLANTED0123456789abc", "glpat-PLANTED"}, {"s3 with AKIAIOSFODNN7PLANTED", "AKIAIOSFODNN7"}, {"sts ASIAIOSFODNN7PLANTED", "ASIAIOSFODNN7"},
		{"and wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTEDKEY as its pair", "wJalrXUtnFEMI"}, {"vault hvs.CAESIPLANTEDplanted0123456789", "hvs.CAESI"},
		{"slack xoxb-123456789012-PLANTEDplanted", "PLANTEDplanted"}, {"https://hooks.slack.com/services/T00000000/B00000000/PLANTEDplanted0", "PLANTEDplanted0"},
		{"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1PLANTED\n-----END OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1PLANTED"},
		{`"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBPLANTED\n-----END RSA PRIVATE KEY-----"`, "MIIEpAIBPLANTED"},
		{"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBFPLANTED\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----", "lQOYBFPLANTED"},
		{"…MIIEpAIBAAKCAQEAPLANTEDPLANTED0123\n-----END RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEAPLANTED"},
		{"see https://discovery.etcd.io/0a1b2c3dpl4nted", "0a1b2c3d"}, {"the password is pl4nted-y1", "pl4nted-y1"},
		{"kubeadm join --token abc1ef.0123456789abcdef", "0123456789abcdef"},
		{"AGE-SECRET-KEY-1PLANTEDQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", "1PLANTEDQQ"},
		{"password: correct horse pl4nted\nuser: bob", ""}, {"{'trustee_password': u'pl4nted-z1', 'x': 1}", "pl4nted-z1"},
		{"client-secret := pl4nted-z2", "pl4nted-z2"}, {"dbPassword=pl4nted-z3&user=x", "pl4nted-z3"}, {"GET /v3?token=pl4nted-z4&limit=3", "pl4nted-z4"},
		{"secret: [pl4nted-z5, pl4nted-z6]", "pl4nted-z6"},
	}
}

// plantedFields are fields whose name says that the value is a secret, whatever
// its type.
func plantedFields() map[string]any {
	return map[string]any{
		"password": 987612345, "token": []any{"pl4nted-1", "pl4nted-2"}, "secret": map[string]any{"x": "pl4nted-3"},
		"admin_pw": "pl4nted-4", "registry_auth": "pl4nted-5", "auth": "YWxpY2U6cGw0bnRlZDY=", "s3_secret_key_id": "wJalrXUtnF3MIpl4nted",
		"api_key_name": "xK9fQ2mPl4nt3d", "oauth_token_url": "https://auth.example.org/t?key=pl4nted-8", "grafana_admin_passwd": "pl4nted-9",
		"MYSQL_PWD": "pl4nted-10", "dockerconfigjson_secret": true, "private_key": "pl4nted-11", "no_password": nil,
	}
}

// fieldMarks are what must be gone of plantedFields.
var fieldMarks = regexp.MustCompile(`987612345|pl4nted|wJalrXUtnF3|xK9fQ2m|YWxpY2U6cGw0bnRlZDY`)

// keptTexts is what support needs, however much it looks like a secret.
func keptTexts() []string {
	certificate := "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ1k3c0pGdG9rZW5wYXNzd29yZDAKBggqhkjOPQQDAjAP\nMQ0wCwYDVQQDDARraW5k\n-----END CERTIFICATE-----"
	return []string{
		"07cd7e03-2ff6-44c2-b185-b4a1ed50a557", "a1f44eed8c4744628a67b2f22bf31eed", "34ded2a4-cbf0-49d2-88d0-867066bb5e80", "req-5d4b2a1c-7f0e-4a57-9a3e-2b1c0d9e8f7a",
		"SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8", "2b:6f:9e:01:23:45:67:89:ab:cd:ef:10:32:54:76:98",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"docker.io/calico/node@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "registry.example.org:5000/x/secrets-store-driver:v1.4.0",
		"docker.io/x/token-handler:latest", "v1.35.6", "v1.30.1-eks-1234567", "2026-11-20T14:19:14.946199+00:00", "https://10.0.0.5:6443", "10.0.0.5", "2001:db8::1",
		"https://keystone.example.com:5000/v3", "192.168.0.0/16", "fe80::f816:3eff:fe3a:1c22%eth0", "fa:16:3e:3a:1c:22", "prod-abcdefghij-control-plane-x7k2p",
		"kube-system/openstack-cloud-controller-manager-7d9f8b6c5d-x2k4q", "openstack:///5d4b2a1c-7f0e-4a57-9a3e-2b1c0d9e8f7a", "c1.c4r8", "nova", "Resource CREATE failed: ResourceInError: resources.kube_masters",
		"A key pair None could not be found", `secret "calico-token" not found`, "failed to get token: connection refused", "the token has expired", "invalid username or password",
		"password authentication failed for user postgres", "basic authentication is disabled", "bearer token is missing", "wrong password: authentication failed",
		"Access denied (using password: YES)", "MountVolume.SetUp failed for volume kube-api-access: timed out", "kubectl logs -p web-0", "mkdir -p /var/lib/etcd", "ssh -p 2222 core@10.0.0.5",
		"docker run -p 8080:80 nginx", "kubernetes-admin@kubernetes", "system:serviceaccount:kube-system:default", "system:node:prod-worker-0", "git@github.com/x", "team=payments,env=prod",
		"node.kubernetes.io/unreachable:NoExecute", "app.kubernetes.io/name=web", "cinder.csi.openstack.org", "0/3 nodes are available: 3 Insufficient memory.", "Back-off restarting failed container",
		"x509: certificate signed by unknown authority", "dial tcp 10.0.0.5:6443: i/o timeout", "quota exceeded for cores: Requested 8, but already used 16 of 20 cores", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcWB2gCgPhk",
		certificate, "kubeconfig written to /home/alice/.kube/config", "bypass=true", "auth: keystone", "secrets-store.csi.x-k8s.io:8080", "RBAC: clusterrole.rbac.authorization.k8s.io not found",
		"eth0", "ext4", "Debian GNU/Linux 12 (bookworm)", "containerd://2.1.4", "65536", "1.5Gi", "0.5", "Ready=False KubeletNotReady", "OOMKilled (137)", "use --password to set it",
	}
}

// keptFields are fields whose name only sounds secret.
func keptFields() map[string]any {
	return map[string]any{
		"keystone_auth_enabled": "true", "cert_manager_token": "true", "token_ttl": 3600, "application_credential_id": "21b3f6d7c1f04c0a9d0f5c8f5ff1a3ce",
		"secret_name": "calico-registry", "public_key": "ssh-ed25519 AAAAC3Nz", "token_url": "https://auth.example.org/oauth2/token", "secret_count": 3,
		"client_auth": "keystone", "keypair": "alice-key", "token_expires_at": "2026-11-20T14:19:14Z", "bypass_proxy": "10.0.0.0/8", "secretRef": "kube-system/registry",
	}
}

// labelsOf numbers texts, so that no name says anything.
func labelsOf(texts []string) map[string]any {
	labels := map[string]any{}
	for i, text := range texts {
		labels[fmt.Sprintf("note_%03d", i)] = text
	}
	return labels
}

// repeater is a cloud whose Magnum adds fields to every cluster.
func repeater(t *testing.T, more map[string]any) *sandbox.Sandbox {
	t.Helper()
	return startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		if service != sandbox.Magnum {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			var cluster map[string]any
			if strings.Contains(r.URL.Path, "/clusters/") && json.Unmarshal(body, &cluster) == nil && cluster["api_address"] != nil {
				maps.Copy(cluster, more)
				body, _ = json.Marshal(cluster)
			}
			maps.Copy(w.Header(), answer.Header())
			w.Header().Del("Content-Length")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(body)
		})
	}})
}

// hasSecrets gives the victim the secrets of their own.
func hasSecrets(t *testing.T, v *victim) {
	t.Helper()
	key := v.write("home/client.key", []byte("-----BEGIN EC PRIVATE KEY-----\n"+ownKeyLine+"\n-----END EC PRIVATE KEY-----\n"))
	data, err := json.Marshal(map[string]any{"clouds": map[string]any{"alice": map[string]any{"key": key, "trustee_password": ownPassword}}})
	must(t, err)
	v.write("home/.config/openstack/secure.yaml", data)
	v.vars["NO_PROXY"], v.vars["FTP_PROXY"] = "*", "http://u:"+ownProxy+"@127.0.0.1:1"
	v.vars["DEPLOY_TOKEN"] = ownVariable
}

// bundles returns what support writes: the text, JSON, YAML, and each file of the
// archive.
func bundles(t *testing.T, v *victim) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, format := range []string{"text", "json", "yaml"} {
		r := v.run("openstack-coe-helper", "support", "prod", "-o", format)
		if r.code != 0 {
			t.Fatal(r)
		}
		all[format] = r.stdout + r.stderr
	}
	name := filepath.Join(v.home, "bundle.tar.gz")
	if r := v.run("openstack-coe-helper", "support", "prod", "-o", name); r.code != 0 {
		t.Fatal(r)
	}
	file, err := os.Open(name)
	must(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	must(t, err)
	for files := tar.NewReader(unzipped); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		data, err := io.ReadAll(io.LimitReader(files, 64<<20))
		must(t, err)
		all["archive/"+filepath.Base(h.Name)] = string(data)
	}
}

// TestBundleShowsNoPlantedSecret: a server that repeats the victim's secrets, and
// those of others, in odd shapes.
func TestBundleShowsNoPlantedSecret(t *testing.T) {
	t.Parallel()
	texts := plantedTexts()
	var list []string
	for _, p := range texts {
		list = append(list, p.text)
	}
	if n := len(texts) + len(plantedFields()); n < 60 {
		t.Fatalf("only %d secrets are planted", n)
	}
	cloud := repeater(t, map[string]any{"labels": labelsOf(list), "more": plantedFields(), "status_reason": strings.Join(list, "\n"), "faults": map[string]any{"a": list[0]}})
	alice := newVictim(t, cloud, "alice")
	hasSecrets(t, alice)
	for format, text := range bundles(t, alice) {
		for _, p := range texts {
			if p.secret != "" && contains(text, p.secret) {
				t.Errorf("%s holds %q of %q", format, p.secret, p.text)
			}
		}
		if found := fieldMarks.FindAllString(text, -1); found != nil {
			t.Errorf("%s holds %q", format, found)
		}
		for _, mark := range []string{"alice-pw", "gAAAA"} {
			if strings.Contains(text, mark) {
				t.Errorf("%s holds %s…", format, mark)
			}
		}
	}
}

// contains reports whether a text holds a secret as it is, or as JSON and YAML
// write it.
func contains(text, secret string) bool {
	quoted, _ := json.Marshal(secret)
	return strings.Contains(text, secret) || strings.Contains(text, strings.Trim(string(quoted), `"`))
}

// TestBundleKeepsWhatSupportNeeds: nothing innocent is taken out.
func TestBundleKeepsWhatSupportNeeds(t *testing.T) {
	t.Parallel()
	kept := keptTexts()
	if len(kept) < 60 {
		t.Fatalf("only %d values", len(kept))
	}
	more := map[string]any{"labels": labelsOf(kept), "more": keptFields()}
	alice := newVictim(t, repeater(t, more), "alice")
	hasSecrets(t, alice)
	all := bundles(t, alice)
	for _, name := range []string{"json", "archive/cluster.json"} {
		var bundle struct {
			Cluster struct{ Labels, More map[string]any }
			Labels  map[string]any
			More    map[string]any
		}
		must(t, json.Unmarshal([]byte(all[name]), &bundle))
		if name != "json" {
			bundle.Cluster.Labels, bundle.Cluster.More = bundle.Labels, bundle.More
		}
		for label, want := range more["labels"].(map[string]any) {
			if got := bundle.Cluster.Labels[label]; got != want {
				t.Errorf("%s: %q became %q", name, want, got)
			}
		}
		for field, want := range keptFields() {
			if got := bundle.Cluster.More[field]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %s: %v became %v", name, field, want, got)
			}
		}
	}
	for _, name := range []string{"text", "yaml", "archive/support.txt"} {
		for _, want := range kept {
			first, _, _ := strings.Cut(want, "\n")
			quoted, _ := json.Marshal(first)
			if !strings.Contains(all[name], first) && !strings.Contains(all[name], string(bytes.Trim(quoted, `"`))) && !strings.Contains(all[name], strings.ReplaceAll(first, "'", "''")) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(all)); len(names) < 10 {
		t.Errorf("only %q", names)
	}
}
