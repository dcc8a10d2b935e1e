// The program netpolgen writes a large cluster for benchmarks to standard output.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
)

func main() {
	shapes := map[string]netpolgen.Shape{"workloads": netpolgen.Workloads, "classes": netpolgen.Classes,
		"limit": netpolgen.Limit, "thousand": netpolgen.Thousand}
	name := flag.String("shape", "workloads", "workloads, classes, limit or thousand; with -calico behind it, policies of Calico")
	format := flag.String("format", "yaml", "yaml or json")
	flag.Parse()
	build := netpolgen.Scale
	if plain, calico := strings.CutSuffix(*name, "-calico"); calico {
		*name, build = plain, netpolgen.CalicoScale
	}
	shape, ok := shapes[*name]
	if !ok {
		fmt.Fprintf(os.Stderr, "there is no shape %q\n", *name)
		os.Exit(2)
	}
	if err := netpolgen.Write(os.Stdout, *format, build(shape)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
