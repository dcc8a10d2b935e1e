package felix_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

// engine reads JSON documents as the program reads files.
func engine(t testing.TB, text []byte) (*netpol.Engine, error) {
	t.Helper()
	in, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: io.MultiReader(bytes.NewReader(text), strings.NewReader(given))})
	if err != nil {
		return nil, err
	}
	if len(in.Refused) > 0 {
		return nil, in.Refused[0]
	}
	return evaluate(&in.Objects)
}

// evaluate returns an engine that answers completely, or why there is none.
func evaluate(objects *kube.Objects) (*netpol.Engine, error) {
	e, err := netpol.New(objects, netpol.Options{CNI: netpol.Calico})
	if err != nil {
		return nil, err
	}
	if gaps := e.Gaps(); len(gaps) > 0 {
		return nil, fmt.Errorf("incomplete: %v", gaps)
	}
	return e, nil
}

// given is what every node has besides the documents of a state: itself, and the
// slice of the API server's own service, which the API server makes. Without any
// slice the engine could not know whether a service that a policy names has
// endpoints or whether nobody read them.
var given = fmt.Sprintf(`{"apiVersion": "v1", "kind": "Node", "metadata": {"name": %q},
	"status": {"addresses": [{"type": "InternalIP", "address": %q}, {"type": "InternalIP", "address": %q}]}}
{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
	"metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
	"endpoints": [{"addresses": [%[2]q]}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}`,
	felix.DefaultName, felix.NodeIP(false), felix.NodeIP(true))

// givenObjects are the same as objects.
var givenObjects = func() *kube.Objects {
	in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader(given)})
	if err != nil || len(in.Refused) > 0 {
		panic(fmt.Sprint(err, in.Refused)) // a constant of this file is wrong
	}
	return &in.Objects
}()
