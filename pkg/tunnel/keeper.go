package tunnel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Keeper brings tunnels up and ends them.
type Keeper struct {
	Store *store.Store // where running tunnels write their secrets
	// Command returns the command that runs Serve with these arguments; none
	// of them is a secret.
	Command func(args []string) (*exec.Cmd, error)
	// Ask lets ssh ask the person; nil: there is nobody to ask. A notice (such as a
	// request to touch a key) has no answer.
	Ask func(ctx context.Context, prompt string, secret, notice bool) (string, error)
}

// arguments returns those of the command that runs Serve: no secret is among them.
func (s Spec) arguments(batch bool) []string {
	args := []string{
		"--bastion=" + s.Bastion.String(), "--target=" + s.Target,
		"--port=" + strconv.Itoa(s.Port), "--idle=" + s.Lasts().String(),
	}
	if batch {
		args = append(args, "--batch")
	}
	return args
}

// Up makes sure that the tunnel is up, and reports whether it was not before. Of
// many processes one brings it up. ctx bounds the wait, also that for a person.
func (k *Keeper) Up(ctx context.Context, spec Spec) (fresh bool, err error) {
	if err := spec.Check(); err != nil {
		return false, err
	}
	switch st, err := k.status(ctx, spec.Port); {
	case errors.Is(err, errNoAnswer):
		return false, portSilent(spec)
	case err == nil && st.Up && st.serves(spec):
		return false, nil
	}
	release, err := k.Store.Lock(ctx, stateKey(spec.Port))
	if err != nil {
		return false, fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, err)
	}
	defer release()
	switch st, err := k.statusOnceStarted(ctx, spec.Port); {
	case errors.Is(err, errForeign):
		return false, portTaken(spec)
	case errors.Is(err, errNoAnswer):
		return false, portSilent(spec)
	case err != nil && !errors.Is(err, errNotListening):
		return false, err
	case err == nil && st.Up && st.serves(spec):
		return false, nil // another process was first
	case err == nil:
		// ssh has ended, or the login names another bastion now. Only a new process
		// can ask the person something.
		if err := k.end(ctx, spec.Port); err != nil {
			return false, err
		}
	}
	return true, k.start(ctx, spec)
}

// status asks the tunnel on a port for its status.
func (k *Keeper) status(ctx context.Context, port int) (*status, error) {
	st := loadState(k.Store, port)
	if st == nil {
		return nil, errNotListening // or another program: binding the port will show
	}
	return getStatus(ctx, port, st.Key)
}

// statusOnceStarted asks again while a tunnel is starting its ssh, and while it is
// not sure that another program listens: a tunnel that is just ending answers
// nothing.
func (k *Keeper) statusOnceStarted(ctx context.Context, port int) (*status, error) {
	for again := 0; ; again++ {
		st, err := k.status(ctx, port)
		starting := err == nil && st.Starting
		if !starting && (!errors.Is(err, errForeign) || again >= 5) {
			return st, err
		}
		select {
		case <-time.After(20 * time.Millisecond << min(again, 4)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// portTaken is the error about another program on the port of a tunnel.
func portTaken(spec Spec) error {
	return clierr.Errorf("end that program, or log in to the cluster again, which picks another port",
		"port %d of this machine, which the tunnel through %s has in the kubeconfig, is in use by another program", spec.Port, spec.Bastion)
}

// portSilent is the error about a listener on the port that does not answer.
func portSilent(spec Spec) error {
	return clierr.Errorf("find the program that listens there and end it, or log in to the cluster again, which picks another port",
		"what listens on port %d of this machine, which the tunnel through %s has in the kubeconfig, does not answer", spec.Port, spec.Bastion)
}

// Usable reports whether a tunnel can be brought up on a port: it is free, or a
// tunnel of this user's is there.
func (k *Keeper) Usable(ctx context.Context, port int) bool {
	if _, err := k.status(ctx, port); err == nil {
		return true
	}
	l, err := listen(ctx, port)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// Trouble explains why requests through the tunnel fail, as far as the tunnel
// knows; nil when it does not.
func (k *Keeper) Trouble(ctx context.Context, port int) error {
	if st, err := k.status(ctx, port); err == nil && st.Trouble != "" {
		return clierr.WithHint(errors.New(st.Trouble), st.Hint)
	}
	return nil
}

// End ends the tunnel on a port, if one of this user's runs there, and forgets it.
func (k *Keeper) End(ctx context.Context, port int) error {
	if loadState(k.Store, port) == nil {
		return nil
	}
	if err := k.end(ctx, port); err != nil {
		return err
	}
	return k.Store.Delete(stateKey(port))
}

func (k *Keeper) end(ctx context.Context, port int) error {
	st := loadState(k.Store, port)
	if st == nil {
		return nil
	}
	_, conn, err := call{port: port, key: st.Key, path: endPath, wait: answerTimeout + stopGrace}.send(ctx)
	switch {
	case errors.Is(err, errNotListening) || errors.Is(err, errForeign) || errors.Is(err, errNoAnswer):
		return nil // it is gone already
	case err != nil:
		return fmt.Errorf("ending the tunnel on port %d: %w", port, err)
	}
	conn.Close()
	return nil
}

// HoldOpen keeps the tunnel on a port up until the returned connection is closed.
// That ends when the tunnel does.
func (k *Keeper) HoldOpen(ctx context.Context, port int) (net.Conn, error) {
	st := loadState(k.Store, port)
	if st == nil {
		return nil, fmt.Errorf("there is no tunnel on port %d", port)
	}
	_, conn, err := call{port: port, key: st.Key, path: holdPath, wait: answerTimeout}.send(ctx)
	if err != nil {
		return nil, fmt.Errorf("holding the tunnel on port %d: %w", port, err)
	}
	return conn, nil
}

// start runs the tunnel in the background and waits until it is ready.
func (k *Keeper) start(ctx context.Context, spec Spec) error {
	cmd, err := k.Command(spec.arguments(k.Ask == nil))
	if err != nil {
		return err
	}
	cmd.Env = withoutSecrets(os.Environ())
	cmd.Dir = os.TempDir() // a folder that nobody wants to unmount
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the tunnel through %s: %w", spec.Bastion, err)
	}
	// When ctx ends, the process ends with its input.
	stop := context.AfterFunc(ctx, func() {
		in.Close()
		out.Close()
	})
	defer stop()
	err = k.answerUntilReady(ctx, spec, json.NewDecoder(out), json.NewEncoder(in))
	if err == nil {
		go func() { _ = cmd.Wait() }() // it may end while we are still here
		return nil
	}
	in.Close()
	_ = cmd.Wait() // its messages have said why it failed
	if ctx.Err() != nil {
		return clierr.WithHint(fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, context.Cause(ctx)),
			"'"+spec.Bastion.command()+"' has to work")
	}
	return err
}

// withoutSecrets leaves out what a process that stays does not need: the passwords
// of an openrc among them.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool {
		return strings.HasPrefix(v, "OS_") || strings.HasPrefix(v, "KUBERNETES_EXEC_INFO=")
	})
}

// answerUntilReady answers what ssh asks until the tunnel is ready or failed.
func (k *Keeper) answerUntilReady(ctx context.Context, spec Spec, from *json.Decoder, to *json.Encoder) error {
	for {
		var m message
		err := from.Decode(&m)
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("the tunnel through %s ended before it was ready", spec.Bastion)
		case err != nil:
			return fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, err)
		case m.Taken:
			return portTaken(spec)
		case m.Error != "":
			return clierr.WithHint(errors.New(m.Error), m.Hint)
		case m.Ready:
			return nil
		case m.Query != nil && m.Query.Kind == "none":
			go func() { _, _ = k.Ask(ctx, m.Query.Prompt, false, true) }()
			err = to.Encode(message{})
		case m.Query != nil:
			var text string
			if text, err = k.Ask(ctx, m.Query.Prompt, m.Query.isSecret(), false); err != nil {
				err = to.Encode(message{Refused: true})
			} else {
				err = to.Encode(message{Answer: text})
			}
		}
		if err != nil {
			return fmt.Errorf("answering ssh: %w", err)
		}
	}
}
