package felix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// define tells the API server what Calico's objects are, and of the node.
func (n *Node) define(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(n.parts.felix, "crd", "*.yaml"))
	if err != nil {
		return err
	}
	kinds := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := n.Apply(ctx, data); err != nil {
			return fmt.Errorf("defining Calico's objects: %w", err)
		}
		kinds++
	}
	if err := n.served(ctx, kinds); err != nil {
		return err
	}
	ips := []any{map[string]any{"type": "InternalIP", "address": nodeIPv4.String()}}
	if n.o.IPv6 {
		ips = append(ips, map[string]any{"type": "InternalIP", "address": nodeIPv6.String()})
	}
	node := object{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": n.o.Name}}
	if err := n.objects.apply(ctx, owner, node); err != nil {
		return err
	}
	node["status"] = map[string]any{"addresses": ips}
	return n.objects.merge(ctx, node, "/status")
}

// served waits until the API server serves that many kinds of Calico's objects,
// and says that Calico's datastore is in order.
func (n *Node) served(ctx context.Context, kinds int) error {
	ready := object{"apiVersion": calicoGroup, "kind": "ClusterInformation",
		"metadata": map[string]any{"name": "default"}, "spec": map[string]any{"datastoreReady": true}}
	return proc.Ready(ctx, func(ctx context.Context) error {
		var list struct{ Resources []resource }
		if err := n.objects.call(ctx, http.MethodGet, "/apis/"+calicoGroup, "", nil, &list); err != nil {
			return err
		}
		if len(list.Resources) < kinds {
			return fmt.Errorf("%d of %d kinds of Calico's are served", len(list.Resources), kinds)
		}
		return n.objects.apply(ctx, owner, ready)
	})
}

// startFelix starts Felix and returns when it says that it is ready.
func (n *Node) startFelix(ctx context.Context) (err error) {
	settings := map[string]string{
		"DATASTORETYPE": "kubernetes", "FELIXHOSTNAME": n.o.Name, "IPTABLESBACKEND": "nft",
		"IPV6SUPPORT": fmt.Sprint(n.o.IPv6), "DEFAULTENDPOINTTOHOSTACTION": "Accept",
		"BPFENABLED": "false", "XDPENABLED": "false", "GENERICXDPENABLED": "false",
		"IPIPENABLED": "false", "VXLANENABLED": "false", "WIREGUARDENABLED": "false",
		"HEALTHENABLED": "true", "HEALTHHOST": "127.0.0.1", "HEALTHPORT": fmt.Sprint(healthPort),
		"LOGFILEPATH": "none", "LOGSEVERITYFILE": "none", "LOGSEVERITYSYS": "none", "LOGSEVERITYSCREEN": "Info",
		"USAGEREPORTINGENABLED": "false", "DEBUGDISABLELOGDROPPING": "true",
	}
	var env []string
	if !n.o.Drop {
		settings["IPTABLESFILTERDENYACTION"] = "Reject"
		if err := n.shim(); err != nil {
			return err
		}
		env = append(env, "PATH=/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	for name, value := range settings {
		env = append(env, "FELIX_"+name+"="+value)
	}
	kubeconfig, err := filepath.Rel(n.home.Dir, n.Kubeconfig())
	if err != nil {
		return err
	}
	env = append(env, "KUBECONFIG=/lab/"+kubeconfig)
	// Felix leaves files in /var/lib/calico, and there is nothing else in /var/lib it needs.
	cmd := n.parts.root.Command(context.WithoutCancel(ctx), n.home.Dir, n.parts.felix, env,
		"/bin/sh", "-ec", "mount -t tmpfs tmpfs /var/lib; mkdir /var/lib/calico; exec ./felix")
	if n.agent, err = n.group.Start("felix", cmd); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: n.ns.DialContext}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	return proc.Ready(ctx, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readiness", healthPort), nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode >= http.StatusMultipleChoices {
			return errors.New(resp.Status)
		}
		return nil
	}, n.agent)
}

// healthPort is where Felix tells, on the node, whether it is ready.
const healthPort = 9099

// StopFelix kills Felix. What it programmed stays in the kernel, and nothing new
// comes: Settled says so.
func (n *Node) StopFelix() { n.agent.Stop(0) }

// rejectNotInRaw stands before iptables-restore. Felix' deny action is also that of
// its check for spoofed addresses, in the raw table, where the kernel refuses to
// reject anything and Felix gives up. It drops there.
const rejectNotInRaw = "#!/bin/sh\nsed '/^\\*raw$/,/^COMMIT$/s/ --jump REJECT/ --jump DROP/' | /usr/sbin/%[1]s \"$@\"\n"

func (n *Node) shim() error {
	bin := filepath.Join(n.home.Dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"iptables-nft-restore", "ip6tables-nft-restore"} {
		if err := os.WriteFile(filepath.Join(bin, name), fmt.Appendf(nil, rejectNotInRaw, name), 0o700); err != nil {
			return err
		}
	}
	return nil
}
