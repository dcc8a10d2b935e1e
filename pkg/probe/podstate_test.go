package probe

import (
	"encoding/json"
	"strings"
	"testing"
)

// Older kubelets do not say with the back-off why an image could not be pulled.
func TestWhyAnImageCouldNotBePulledIsKept(t *testing.T) {
	t.Parallel()
	read := func(status string) *podObject {
		p := &podObject{}
		if err := json.Unmarshal([]byte(`{"status": {"containerStatuses": [{"state": {"waiting": `+status+`}}]}}`), p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	o := &Object{Kind: "Pod", Spec: &PodSpec{Containers: []container{{Image: "i"}}}}
	var why cause
	first := read(`{"reason": "ErrImagePull", "message": "no such host"}`)
	why.note(first)
	if err := first.failure(o, why.text); err != nil {
		t.Errorf("given up at the first failure: %v", err)
	}
	for _, message := range []string{"Back-off pulling image", "Back-off pulling image: ErrImagePull: no such host"} {
		err := read(`{"reason": "ImagePullBackOff", "message": "`+message+`"}`).failure(o, why.text)
		if err == nil || strings.Count(err.Error(), "no such host") != 1 {
			t.Errorf("error: %v", err)
		}
	}
}
