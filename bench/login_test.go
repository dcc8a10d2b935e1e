//go:build linux

package bench

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// runs of each command, in turn; the medians are compared.
const runs = 7

// costs of checking a password in Keystone's bcrypt rounds: what a Magnum
// request takes is mostly that, since Magnum signs in anew for each policy
// check. 12 is Keystone's default; 4 is what the tests use.
var costs = []int{4, 12}

// beds are real OpenStack, one at a time: each would slow the other down.
type beds struct {
	cost int
	bed  *lab.Lab
}

var theBed beds

func bed(b *testing.B, cost int) *lab.Lab {
	b.Helper()
	lab.Require(b)
	if theBed.bed != nil && theBed.cost == cost {
		return theBed.bed
	}
	stopBed()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	l, err := lab.Start(ctx, lab.Options{Kube: true, BcryptRounds: cost, FullCost: true})
	if err != nil {
		b.Fatal(err)
	}
	theBed = beds{cost, l}
	return l
}

func stopBed() {
	if theBed.bed != nil {
		theBed.bed.Close()
		theBed.bed = nil
	}
}

// home is a place with alice's openrc.
func home(b *testing.B, l *lab.Lab) []string {
	b.Helper()
	dir := b.TempDir()
	return append(l.Env("alice"), "HOME="+dir, "KUBECONFIG="+filepath.Join(dir, "config"))
}

// BenchmarkLogin holds login in certificate mode against what people use today.
func BenchmarkLogin(b *testing.B) {
	for _, cost := range costs {
		b.Run(fmt.Sprintf("bcrypt=%d/nothing-cached", cost), func(b *testing.B) { loginCold(b, bed(b, cost)) })
		b.Run(fmt.Sprintf("bcrypt=%d/cached-token", cost), func(b *testing.B) { loginWarm(b, bed(b, cost)) })
	}
}

// loginCold holds a login with nothing cached against the documented command.
func loginCold(b *testing.B, l *lab.Lab) {
	ctx, path := b.Context(), program(b, "kubectl-catalyst")
	for b.Loop() {
		var ours, theirs, least []usage
		for range runs {
			dir := b.TempDir()
			least = append(least, usage{wall: floor(b, l)})
			theirs = append(theirs, measure(b, l.OpenStackCmd(ctx, "alice", dir, "coe", "cluster", "config", "prod")))
			ours = append(ours, measure(b, command(ctx, path, home(b, l), "login", "prod", "--auth", "certificate", "--no-check")))
		}
		b.ReportMetric(median(theirs, wall)/median(ours, wall), "times-faster")
		b.ReportMetric(median(ours, wall)/median(least, wall), "of-the-services-time")
		b.ReportMetric(median(theirs, cpu)/median(ours, cpu), "times-less-CPU")
		b.ReportMetric(median(ours, memory)/median(theirs, memory), "of-its-memory")
		b.ReportMetric(median(ours, wall)/1e6, "ms/login")
		b.ReportMetric(median(theirs, wall)/1e6, "ms/openstack")
	}
}

// loginWarm holds a login with a cached token against the slowest of the Magnum
// requests that it needs, asked one at a time.
func loginWarm(b *testing.B, l *lab.Lab) {
	ctx, path, env := b.Context(), program(b, "kubectl-catalyst"), home(b, l)
	login := func() usage {
		return measure(b, command(ctx, path, env, "login", "prod", "--auth", "certificate", "--no-check"))
	}
	login()
	token, err := l.Token(ctx, "alice")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var ours, single []usage
		for range runs {
			single = append(single, usage{wall: slowest(b, l, token)})
			ours = append(ours, login())
		}
		b.ReportMetric(median(ours, wall)/median(single, wall), "of-slowest-request")
		b.ReportMetric(median(ours, wall)/1e6, "ms/login")
		b.ReportMetric(median(single, wall)/1e6, "ms/request")
	}
}

// floor is what the services themselves take for a login with nothing cached,
// and so the least that any client can take: a sign-in, then the three requests
// at the same time.
func floor(b *testing.B, l *lab.Lab) time.Duration {
	b.Helper()
	began := time.Now()
	token, err := l.Token(b.Context(), "alice")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, r := range requests(b) {
		wg.Go(func() { ask(b, l, token, r) })
	}
	wg.Wait()
	return time.Since(began)
}

// slowest asks one request after the other and returns what the longest took.
func slowest(b *testing.B, l *lab.Lab, token string) time.Duration {
	b.Helper()
	var longest time.Duration
	for _, r := range requests(b) {
		began := time.Now()
		ask(b, l, token, r)
		longest = max(longest, time.Since(began))
	}
	return longest
}

// request is one of the three that a login in certificate mode needs.
type request struct {
	method, path string
	body         []byte
}

func requests(b *testing.B) []request {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		b.Fatal(err)
	}
	csr, err := json.Marshal(map[string]string{"cluster_uuid": "prod",
		"csr": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))})
	if err != nil {
		b.Fatal(err)
	}
	return []request{{"GET", "/clusters/prod", nil}, {"GET", "/certificates/prod", nil}, {"POST", "/certificates", csr}}
}

func ask(b *testing.B, l *lab.Lab, token string, r request) {
	req, err := http.NewRequestWithContext(b.Context(), r.method, l.MagnumURL+r.path, bytes.NewReader(r.body))
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("OpenStack-API-Version", "container-infra 1.10")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= 300 {
		b.Errorf("%s %s: %s", r.method, r.path, resp.Status)
	}
}

// BenchmarkCredential measures what each kubectl pays with a warm cache.
func BenchmarkCredential(b *testing.B) {
	l := bed(b, costs[0])
	path := program(b, "kubectl-catalyst")
	for _, mode := range []string{"keystone", "certificate"} {
		b.Run(mode, func(b *testing.B) {
			env := home(b, l)
			measure(b, command(b.Context(), path, env, "login", "prod", "--auth", mode))
			args := execArgs(b, env)
			info, _ := execInfo(b, l.Kubectl(), env)
			env = append(env, "KUBERNETES_EXEC_INFO="+info)
			for b.Loop() {
				var all []usage
				for range 100 {
					all = append(all, measure(b, command(b.Context(), path, env, args...)))
				}
				b.ReportMetric(median(all, wall)/1e6, "ms/credential")
				b.ReportMetric(median(all, memory)/(1<<20), "MiB")
			}
		})
	}
}

// execArgs reads the exec entry that login wrote.
func execArgs(b *testing.B, env []string) []string {
	b.Helper()
	var args []string
	for _, v := range env {
		file, ok := strings.CutPrefix(v, "KUBECONFIG=")
		if !ok {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "args:")
		for line := range strings.Lines(rest) {
			arg, isItem := strings.CutPrefix(strings.TrimSpace(line), "- ")
			if !isItem && len(args) > 0 {
				break
			}
			if isItem {
				args = append(args, strings.Trim(arg, `"'`))
			}
		}
	}
	if len(args) == 0 {
		b.Fatal("login wrote no exec entry")
	}
	return args
}

// BenchmarkStart measures the least that any command costs, and the size of
// the programs.
func BenchmarkStart(b *testing.B) {
	for _, name := range []string{"kubectl-catalyst", "openstack-coe-helper"} {
		b.Run(name, func(b *testing.B) {
			path := program(b, name)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				var all []usage
				for range 100 {
					all = append(all, measure(b, command(b.Context(), path, nil, "version")))
				}
				b.ReportMetric(median(all, wall)/1e6, "ms/version")
				b.ReportMetric(float64(info.Size())/1e6, "MB")
			}
		})
	}
}
