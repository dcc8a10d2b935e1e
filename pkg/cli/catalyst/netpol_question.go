package catalyst

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// flowQuestion is a flow as explain and probe are asked about it.
type flowQuestion struct {
	port                string // the flag
	source, destination string
	protocol            ports.Protocol
	number              uint16
}

func (q *flowQuestion) bind(fs *pflag.FlagSet) {
	fs.StringVar(&q.port, "port", "", "port of the destination, as in 80, 53/UDP or 9/SCTP")
}

func (q *flowQuestion) complete(args []string) error {
	if len(args) != 2 {
		return clierr.New(clierr.Usage, "name them as namespace/pod, namespace/Kind/name or an address", "want a source and a destination")
	}
	q.source, q.destination = args[0], args[1]
	number, proto, given := strings.Cut(q.port, "/")
	if !given {
		proto = ports.TCP.String()
	}
	p, ok := ports.ParseProtocol(strings.ToUpper(proto))
	n, err := strconv.ParseUint(number, 10, 16)
	if q.port == "" || !ok || err != nil || n == 0 {
		return clierr.New(clierr.Usage, "as in --port 80, --port 53/UDP", "--port %q is not a port from 1 to 65535, with /TCP, /UDP or /SCTP behind it", q.port)
	}
	q.protocol, q.number = p, uint16(n)
	return nil
}
