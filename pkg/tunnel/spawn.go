package tunnel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// start runs the tunnel in the background and waits until it is ready.
func (k *Keeper) start(ctx context.Context, spec Spec) error {
	cmd, err := k.Command(spec.Arguments(k.Ask == nil))
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
	// When ctx ends, the end of its input tells the process to go.
	stop := context.AfterFunc(ctx, func() {
		in.Close()
		out.Close()
	})
	defer stop()
	err = k.follow(ctx, spec, json.NewDecoder(out), json.NewEncoder(in))
	if err == nil {
		go func() { _ = cmd.Wait() }() // it may end while we are still here
		return nil
	}
	in.Close()
	_ = cmd.Wait() // why it failed it has said
	if ctx.Err() != nil {
		return clierr.WithHint(fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, context.Cause(ctx)),
			"'"+spec.Bastion.command()+"' has to work")
	}
	return err
}

// withoutSecrets leaves out what is no business of a process that stays: the
// passwords of an openrc among them.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool {
		return strings.HasPrefix(v, "OS_") || strings.HasPrefix(v, "KUBERNETES_EXEC_INFO=")
	})
}

// follow answers what ssh asks until the tunnel is ready or failed.
func (k *Keeper) follow(ctx context.Context, spec Spec, from *json.Decoder, to *json.Encoder) error {
	for {
		var m message
		err := from.Decode(&m)
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("the tunnel through %s ended before it was ready", spec.Bastion)
		case err != nil:
			return fmt.Errorf("bringing up the tunnel through %s: %w", spec.Bastion, err)
		case m.Taken:
			return k.stranger(spec)
		case m.Error != "":
			return clierr.WithHint(errors.New(m.Error), m.Hint)
		case m.Ready:
			return nil
		case m.Ask != nil && m.Ask.Kind == "none":
			go func() { _, _ = k.Ask(ctx, m.Ask.Prompt, false, true) }()
			err = to.Encode(message{})
		case m.Ask != nil:
			var text string
			if text, err = k.Ask(ctx, m.Ask.Prompt, m.Ask.secret(), false); err != nil {
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
