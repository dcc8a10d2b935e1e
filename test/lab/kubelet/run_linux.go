package kubelet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// work is one pod that is looked after.
type work struct {
	k      *Kubelet
	pod    *pod
	net    Network
	states []state
	reason string // for which all was ended
	began  time.Time
}

// change is the new state of a container.
type change struct {
	container int
	state     state
}

// run looks after a pod until it leaves.
func (k *Kubelet) run(ctx context.Context, p *pod, leave <-chan struct{}) error {
	network, err := k.Wire(p.Metadata.Namespace, p.Metadata.Name)
	if err != nil {
		return err
	}
	defer k.Unwire(p.Metadata.Namespace, p.Metadata.Name)
	for _, s := range p.Spec.SecurityContext.Sysctls {
		if err := network.Enter(func() error {
			return os.WriteFile("/proc/sys/"+strings.ReplaceAll(s.Name, ".", "/"), []byte(s.Value), 0)
		}); err != nil {
			return err
		}
	}
	w := &work{k: k, pod: p, net: network, states: make([]state, len(p.Spec.Containers)), began: time.Now()}
	for i := range w.states {
		w.states[i].waiting = &waiting{reason: "ContainerCreating"}
	}
	if err := k.writeStatus(ctx, p, w.status()); err != nil {
		return err
	}
	inside, end := context.WithCancel(ctx)
	changes := make(chan change)
	for i := range p.Spec.Containers {
		k.all.Go(func() { w.container(inside, i, changes) })
	}
	err = w.attend(ctx, leave, changes, end)
	end()
	return errors.Join(err, k.let(context.WithoutCancel(ctx), p))
}

// attend passes on what becomes of the containers until the pod leaves.
func (w *work) attend(ctx context.Context, leave <-chan struct{}, changes <-chan change, end func()) error {
	var deadline <-chan time.Time
	if s := w.pod.Spec.ActiveDeadline; s > 0 {
		t := time.NewTimer(time.Duration(s) * time.Second)
		defer t.Stop()
		deadline = t.C
	}
	for {
		select {
		case c := <-changes:
			w.states[c.container] = c.state
		case <-deadline:
			w.reason = "DeadlineExceeded"
			end()
		case <-leave:
			return nil
		case <-ctx.Done():
			return nil
		}
		if err := w.k.writeStatus(ctx, w.pod, w.status()); err != nil {
			return err
		}
	}
}

// container runs one container and reports its states.
func (w *work) container(ctx context.Context, i int, changes chan<- change) {
	c := &w.pod.Spec.Containers[i]
	report := func(s state) {
		select {
		case changes <- change{i, s}:
		case <-ctx.Done():
		}
	}
	name := filepath.Base(c.Image)
	name, _, _ = strings.Cut(name, ":")
	switch name {
	case Missing:
		report(state{waiting: &waiting{"ErrImagePull", "rpc error: code = NotFound desc = " + c.Image + ": not found"}})
		report(state{waiting: &waiting{"ImagePullBackOff", "Back-off pulling image \"" + c.Image + "\""}})
		return
	case Agnhost:
	default:
		report(state{ready: true})
		return
	}
	dir, err := os.MkdirTemp(w.k.Home, "container-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		err = w.process(ctx, c, dir, report)
	}
	if err != nil && ctx.Err() == nil {
		w.k.Log("starting a container of pod " + w.pod.key() + ": " + err.Error())
		report(state{ended: &ended{128, err.Error()}})
	}
}
