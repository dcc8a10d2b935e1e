package kubelet

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// prelude makes a container's root: the image's programs, agnhost, the file for
// its last words, nothing that can be written to, and nobody's rights.
const prelude = `mount -t tmpfs tmpfs /mnt
for d in bin sbin lib lib64 usr; do
  if [ -L /$d ]; then ln -s "$(readlink /$d)" /mnt/$d
  elif [ -d /$d ]; then mkdir /mnt/$d; mount --bind /$d /mnt/$d; fi
done
mkdir /mnt/dev; touch /mnt/agnhost /mnt/dev/termination-log
mount --bind /srv/agnhost /mnt/agnhost
mount --bind /lab/message /mnt/dev/termination-log
mount -o remount,ro /mnt
exec timeout -s KILL 1200 chroot --userspec=65532:65532 /mnt "$@"`

// process runs the container's command until it ends or ctx does.
func (w *work) process(ctx context.Context, c *container, dir string, report func(state)) error {
	message, log := filepath.Join(dir, "message"), filepath.Join(dir, "log")
	if err := os.WriteFile(message, nil, 0o666); err != nil {
		return err
	}
	if err := os.Chmod(message, 0o666); err != nil { // whatever the umask: the container is nobody
		return err
	}
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	var env []string
	for _, v := range c.Env {
		env = append(env, v.Name+"="+v.Value)
	}
	args := append(append([]string{"/bin/sh", "-ec", prelude, "sh"}, c.Command...), c.Args...)
	cmd := w.k.Root.Command(ctx, dir, filepath.Dir(w.k.Agnhost), env, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := w.net.Enter(cmd.Start); err != nil {
		return err
	}
	report(state{ready: c.ReadinessProbe == nil})
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }()
	w.readiness(ctx, c, over, report)
	<-over
	report(state{ended: &ended{cmd.ProcessState.ExitCode(), lastWords(message, log, c.MessagePolicy, cmd.ProcessState.ExitCode())}})
	return nil
}

// lastWords is what a kubelet reports of an ended container: its message, or the
// end of its log where it failed without one and asked for that.
func lastWords(message, log, policy string, code int) string {
	data, _ := os.ReadFile(message)
	if len(data) == 0 && code != 0 && policy == "FallbackToLogsOnError" {
		data, _ = os.ReadFile(log)
		data = data[max(0, len(data)-2048):]
	}
	return string(data[:min(len(data), 4096)])
}

// readiness knocks at the container's port, from the node, until it ends.
func (w *work) readiness(ctx context.Context, c *container, over <-chan struct{}, report func(state)) {
	if c.ReadinessProbe == nil {
		return
	}
	to := net.JoinHostPort(w.net.IP.String(), strconv.Itoa(c.ReadinessProbe.TCPSocket.Port))
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	was := false
	for {
		select {
		case <-again.C:
		case <-over:
			return
		case <-ctx.Done():
			return
		}
		err := w.k.Enter(func() error {
			conn, err := (&net.Dialer{Timeout: time.Second, FallbackDelay: -1}).DialContext(ctx, "tcp", to)
			if err == nil {
				_ = conn.Close()
			}
			return err
		})
		if now := err == nil; now != was {
			was = now
			report(state{ready: now})
		}
	}
}
