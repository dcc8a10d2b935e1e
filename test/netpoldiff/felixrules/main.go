// Command felixrules tells what the rules that Felix would program do with a
// packet. The policy checker of app-policy reads only a part of them; this
// follows the rendering for iptables (felix/rules).
//
// Each line of input is a JSON object: with objects it makes a world, with a
// question about it the answer is a line true or false. Objects that Calico cannot
// convert are answered with a line that begins with error.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixgraph"
	"github.com/catalyst-cloud/kubectl-catalyst/test/netpoldiff/felixinput"
)

type line struct {
	Objects  *felixinput.Objects
	Question *question
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "felixrules:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	d, w := json.NewDecoder(bufio.NewReader(in)), bufio.NewWriter(out)
	var now *world
	for {
		var l line
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if l.Objects != nil {
			now = newWorld()
			if err := felixgraph.Run(l.Objects, now.receive); err != nil {
				fmt.Fprintf(w, "error %q\n", err)
			} else {
				fmt.Fprintln(w, true)
			}
		} else {
			fmt.Fprintln(w, now.allows(l.Question))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
}
