// Docs writes the reference: a Markdown page and a man page for each command of
// both programs, made from the command trees themselves, so that help, website
// and man cannot tell different things. Run it in the folder of the project
// after a change of a command:
//
//	go run ./hack/docs
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if _, err := os.Stat("go.mod"); err != nil {
		fail(errors.New("run this in the folder of the project"))
	}
	files, err := render()
	if err != nil {
		fail(err)
	}
	if err := files.write("."); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}
