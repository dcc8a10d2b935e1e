// Command felixworld tells what Calico's agent would program for Kubernetes
// objects: it runs them through Calico's conversion and Felix's calculation graph.
// It is a program of its own because the policy checker of app-policy, which
// reads its output, registers the same protocol a second time.
//
// Each line of input is a JSON object with namespaces, pods and policies. For each
// it writes frames, a big-endian uint32 length and a ToDataplane message, and then
// an empty frame.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/projectcalico/calico/felix/proto"
	"github.com/sirupsen/logrus"

	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixgraph"
	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixinput"
)

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "felixworld:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	d, w := json.NewDecoder(in), bufio.NewWriter(out)
	for {
		var o felixinput.Objects
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := answer(w, &o); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// answer writes the messages for one set of objects.
func answer(w io.Writer, o *felixinput.Objects) error {
	var failed error
	err := felixgraph.Run(o, func(message any) {
		if err := frame(w, message); err != nil && failed == nil {
			failed = err
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return binary.Write(w, binary.BigEndian, uint32(0))
}

// frame writes the messages that matter to the checker.
func frame(w io.Writer, message any) error {
	var envelope proto.ToDataplane
	switch m := message.(type) {
	case *proto.IPSetUpdate:
		envelope.Payload = &proto.ToDataplane_IpsetUpdate{IpsetUpdate: m}
	case *proto.IPSetDeltaUpdate:
		envelope.Payload = &proto.ToDataplane_IpsetDeltaUpdate{IpsetDeltaUpdate: m}
	case *proto.ActivePolicyUpdate:
		envelope.Payload = &proto.ToDataplane_ActivePolicyUpdate{ActivePolicyUpdate: m}
	case *proto.ActiveProfileUpdate:
		envelope.Payload = &proto.ToDataplane_ActiveProfileUpdate{ActiveProfileUpdate: m}
	case *proto.WorkloadEndpointUpdate:
		envelope.Payload = &proto.ToDataplane_WorkloadEndpointUpdate{WorkloadEndpointUpdate: m}
	default:
		return nil
	}
	data, err := envelope.Marshal()
	if err != nil {
		return err
	}
	if err := binary.Write(w, binary.BigEndian, uint32(len(data))); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
