package apiserver

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m, nil) }
