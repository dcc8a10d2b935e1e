package probe

import (
	"fmt"
	"strconv"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// pause lies before each attempt. Data planes learn of a new pod some tenths of a
// second after it starts; until then its packets may be dropped, or escape a rule
// that names it.
const pause = time.Second

// messagePath is where a container leaves its last words for the kubelet.
const messagePath = "/dev/termination-log"

// script tries to connect until two attempts in a row end alike (and, when $4
// says how they should end, end so), at most $5 times. It leaves a line for each
// attempt: open, or what agnhost said.
const script = `last= all= n=0
while [ "$n" -lt "$5" ]; do
  n=$((n+1)); sleep 1
  if said=$(/agnhost connect "$1" --protocol "$2" --timeout "$3" 2>&1); then said=open; fi
  said=$(printf %s "$said" | tail -n 1)
  all="$all$said
"
  word=${said%%:*}
  if [ "$word" = "$last" ]; then
    case "$word" in $4) break ;; esac
  fi
  last=$word
done
printf %s "$all" > ` + messagePath

// Patterns of the shell for how attempts should end. What agnhost says begins
// with a capital.
const (
	however  = "*"
	openOnly = "open"
	shutOnly = "[!o]*"
)

// connect is the command that connects to a host:port.
func connect(to string, proto ports.Protocol, timeout time.Duration, until string, tries int) []string {
	return []string{"/bin/sh", "-c", script, "catalyst-probe",
		to, protocolFlag(proto), timeout.String(), until, strconv.Itoa(tries)}
}

func protocolFlag(p ports.Protocol) string {
	return map[ports.Protocol]string{ports.TCP: "tcp", ports.UDP: "udp", ports.SCTP: "sctp"}[p]
}

// serve is the command of a server that answers on a port and does nothing else.
// The TCP port is there for all protocols: it tells the kubelet that the server
// is up. SCTP is answered by porter, which only knows IPv4.
func serve(proto ports.Protocol, port uint16) (command []string, env []variable) {
	if proto == ports.SCTP {
		value := "probe"
		return []string{"/agnhost", "porter"}, []variable{
			{fmt.Sprintf("SERVE_SCTP_PORT_%d", port), value}, {fmt.Sprintf("SERVE_TCP_PORT_%d", port), value}}
	}
	return []string{"/agnhost", "serve-hostname", "--http=false", "--tcp", "--udp", fmt.Sprintf("--port=%d", port)}, nil
}
