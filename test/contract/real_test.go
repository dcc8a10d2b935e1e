package contract_test

import (
	"context"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/contract"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

func TestTheEmbeddedCloudAnswersAsTheRealOne(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	compare(t, lab.Heat, sandbox.Heat)
}

func TestTheEmbeddedCloudAnswersAsTheRealOneOfToday(t *testing.T) {
	t.Parallel()
	lab.RequireClusterAPI(t)
	compare(t, lab.ClusterAPI, sandbox.ClusterAPI)
}

// compare asks a real cloud and its imitation the same.
func compare(t *testing.T, cloud lab.Cloud, driver sandbox.Driver) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience.Limit) // a bed and all questions
	defer cancel()
	bed, err := lab.Start(ctx, lab.Options{Cloud: cloud})
	if err != nil {
		t.Fatal(err)
	}
	defer bed.Close()
	c := contract.Cloud{KeystoneURL: bed.KeystoneURL, MagnumURL: bed.MagnumURL, Secrets: map[string]string{}, CredentialID: bed.ID("appcred"),
		ClusterAPI: cloud == lab.ClusterAPI}
	for _, name := range people() {
		c.Secrets[name] = bed.Password(name)
	}
	answers, err := contract.Ask(ctx, c)
	if err != nil {
		t.Error("the real cloud:", bed.Redact(err.Error()))
	}
	imitated, err := embedded(t, sandbox.Options{Driver: driver})
	if err != nil {
		t.Error("the embedded cloud:", err)
	}
	if t.Failed() {
		t.Log(bed.Logs())
	}
	for _, line := range contract.Differences(answers, imitated) {
		t.Error("real and embedded:", line)
	}
}
