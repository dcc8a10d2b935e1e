package netpol_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// addObjects decodes JSON documents, refusing fields that the slim types do not
// know.
func addObjects(o *kube.Objects, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		var head struct{ Kind string }
		if err := json.Unmarshal(raw, &head); err != nil {
			return err
		}
		if err := addObject(o, head.Kind, raw); err != nil {
			return fmt.Errorf("%s: %w", head.Kind, err)
		}
	}
	return nil
}

func addObject(o *kube.Objects, kind string, raw []byte) error {
	switch kind {
	case "Namespace":
		return add(&o.Namespaces, raw)
	case "Node":
		return add(&o.Nodes, raw)
	case "Pod":
		return add(&o.Pods, raw)
	case "Service":
		return add(&o.Services, raw)
	case "NetworkPolicy":
		return add(&o.NetworkPolicies, raw)
	case "AdminNetworkPolicy":
		return add(&o.AdminNetworkPolicies, raw)
	case "BaselineAdminNetworkPolicy":
		return add(&o.BaselineAdminNetworkPolicies, raw)
	case "ClusterNetworkPolicy":
		return add(&o.ClusterNetworkPolicies, raw)
	case "ServiceAccount":
		return add(&o.ServiceAccounts, raw)
	}
	return fmt.Errorf("unknown kind %q", kind)
}

func add[T any](list *[]T, raw []byte) error {
	var one T
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	delete(fields, "kind")
	delete(fields, "apiVersion")
	rest, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(rest))
	d.DisallowUnknownFields()
	if err := d.Decode(&one); err != nil {
		return err
	}
	*list = append(*list, one)
	return nil
}

// objects decodes JSON documents or ends the test.
func objects(t testing.TB, docs ...string) *kube.Objects {
	t.Helper()
	o := &kube.Objects{}
	for _, d := range docs {
		if err := addObjects(o, []byte(d)); err != nil {
			t.Fatalf("test data: %v\n%s", err, d)
		}
	}
	return o
}

// engine prepares an engine or ends the test.
func engine(t testing.TB, o *kube.Objects, opt netpol.Options) *netpol.Engine {
	t.Helper()
	e, err := netpol.New(o, opt)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return e
}
