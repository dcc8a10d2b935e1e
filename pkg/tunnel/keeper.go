package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Keeper brings tunnels up and ends them.
type Keeper struct {
	Store *store.Store // where running tunnels leave their secrets
	// Command returns the command that runs Serve with these arguments; see
	// Arguments.
	Command func(args []string) (*exec.Cmd, error)
	// Ask lets ssh ask the person; nil: there is nobody to ask. A notice (such as a
	// request to touch a key) has no answer.
	Ask func(ctx context.Context, prompt string, secret, notice bool) (string, error)
}

// Arguments are those of the command that runs Serve: no secret is among them.
func (s Spec) Arguments(batch bool) []string {
	args := []string{"--bastion=" + s.Bastion.String(), "--target=" + s.Target, "--port=" + strconv.Itoa(s.Port), "--idle=" + s.Lasts().String()}
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
	switch st, err := k.look(ctx, spec.Port); {
	case errors.Is(err, errSilent):
		return false, k.silent(spec)
	case err == nil && st.Up && st.serves(spec):
		return false, nil
	}
	release, err := k.Store.Lock(ctx, stateKey(spec.Port))
	if err != nil {
		return false, fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, err)
	}
	defer release()
	switch st, err := k.lookLong(ctx, spec.Port); {
	case errors.Is(err, errStranger):
		return false, k.stranger(spec)
	case errors.Is(err, errSilent):
		return false, k.silent(spec)
	case err != nil && !errors.Is(err, errNobody):
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

// look asks the tunnel on a port how it is.
func (k *Keeper) look(ctx context.Context, port int) (*status, error) {
	st := load(k.Store, port)
	if st == nil {
		return nil, errNobody // or a stranger: binding the port will tell
	}
	return hello(ctx, port, st.Key)
}

// lookLong looks again while a tunnel is starting its ssh, and while the listener is
// no stranger for sure: a tunnel that is just ending answers nothing.
func (k *Keeper) lookLong(ctx context.Context, port int) (*status, error) {
	for again := 0; ; again++ {
		st, err := k.look(ctx, port)
		starting := err == nil && st.Starting
		if !starting && (!errors.Is(err, errStranger) || again >= 5) {
			return st, err
		}
		select {
		case <-time.After(20 * time.Millisecond << min(again, 4)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (k *Keeper) stranger(spec Spec) error {
	return clierr.Errorf("end that program, or log in to the cluster again, which picks another port",
		"port %d of this machine, which the tunnel through %s has in the kubeconfig, is in use by another program", spec.Port, spec.Bastion)
}

func (k *Keeper) silent(spec Spec) error {
	return clierr.Errorf("find the program that listens there and end it, or log in to the cluster again, which picks another port",
		"what listens on port %d of this machine, which the tunnel through %s has in the kubeconfig, does not answer", spec.Port, spec.Bastion)
}

// Usable reports whether a tunnel can be brought up on a port: it is free, or a
// tunnel of this user's is there.
func (k *Keeper) Usable(ctx context.Context, port int) bool {
	if _, err := k.look(ctx, port); err == nil {
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
	if st, err := k.look(ctx, port); err == nil && st.Trouble != "" {
		return clierr.WithHint(errors.New(st.Trouble), st.Hint)
	}
	return nil
}

// End ends the tunnel on a port, if one of this user's runs there, and forgets it.
func (k *Keeper) End(ctx context.Context, port int) error {
	if load(k.Store, port) == nil {
		return nil
	}
	if err := k.end(ctx, port); err != nil {
		return err
	}
	return k.Store.Delete(stateKey(port))
}

func (k *Keeper) end(ctx context.Context, port int) error {
	st := load(k.Store, port)
	if st == nil {
		return nil
	}
	_, conn, err := call{port: port, key: st.Key, path: endPath, wait: answerTimeout + stopGrace}.send(ctx)
	switch {
	case errors.Is(err, errNobody) || errors.Is(err, errStranger) || errors.Is(err, errSilent):
		return nil // it is gone already
	case err != nil:
		return fmt.Errorf("ending the tunnel on port %d: %w", port, err)
	}
	conn.Close()
	return nil
}

// Hold keeps the tunnel on a port up until the returned connection is closed. It
// ends when the tunnel does.
func (k *Keeper) Hold(ctx context.Context, port int) (net.Conn, error) {
	st := load(k.Store, port)
	if st == nil {
		return nil, fmt.Errorf("there is no tunnel on port %d", port)
	}
	_, conn, err := call{port: port, key: st.Key, path: holdPath, wait: answerTimeout}.send(ctx)
	if err != nil {
		return nil, fmt.Errorf("holding the tunnel on port %d: %w", port, err)
	}
	return conn, nil
}
