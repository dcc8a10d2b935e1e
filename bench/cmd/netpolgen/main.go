// The program netpolgen writes a large cluster for benchmarks to standard output.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
)

func main() {
	shapes := map[string]netpolgen.Shape{"workloads": netpolgen.Workloads, "classes": netpolgen.Classes,
		"limit": netpolgen.Limit, "thousand": netpolgen.Thousand}
	name := flag.String("shape", "workloads", "workloads, classes, limit or thousand")
	format := flag.String("format", "yaml", "yaml or json")
	flag.Parse()
	shape, ok := shapes[*name]
	if !ok {
		fmt.Fprintf(os.Stderr, "there is no shape %q\n", *name)
		os.Exit(2)
	}
	if err := netpolgen.Write(os.Stdout, *format, netpolgen.Scale(shape)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
