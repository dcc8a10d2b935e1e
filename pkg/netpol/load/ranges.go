package load

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// checkRanges refuses address ranges whose address goes on behind their length:
// 10.0.0.5/24 is either 10.0.0.5/32 or 10.0.0.0/24, and an API server with
// strict validation accepts neither reading.
func checkRanges(n tree.Node, path, group string) error {
	i := 0
	for e := range n.All() {
		at := path
		if n.Kind() == tree.Map {
			at += "." + string(e.Key())
		} else {
			at += "[" + strconv.Itoa(i) + "]"
		}
		i++
		if e.Kind() == tree.Map || e.Kind() == tree.List {
			if err := checkRanges(e, at, group); err != nil {
				return err
			}
			continue
		}
		if e.Kind() != tree.String || bytes.IndexByte(e.Text(), '/') < 0 || !isRangeField(at, group) {
			continue
		}
		if p, err := netip.ParsePrefix(string(e.Text())); err == nil && p.Masked() != p {
			return &decode.Refusal{Line: e.Line(), Path: at,
				Msg: "the address of " + p.String() + " goes on behind its length; write " + p.Masked().String()}
		}
	}
	return nil
}

func isRangeField(path, group string) bool {
	if group == kube.CalicoGroup {
		return strings.Contains(path, ".notNets[") || strings.Contains(path, ".nets[") && !strings.HasPrefix(path, "spec.nets[")
	}
	return strings.HasSuffix(path, ".ipBlock.cidr") || strings.Contains(path, ".ipBlock.except[") || strings.Contains(path, ".networks[")
}
