package lab

import "github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"

// Tool is some programs that are built from a module of test tools.
type Tool = gotool.Tool
