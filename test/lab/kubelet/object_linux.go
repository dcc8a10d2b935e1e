package kubelet

import (
	"encoding/json"
	"time"
)

// pod is the part of a pod that a kubelet reads.
type pod struct {
	Metadata struct {
		Name      string     `json:"name"`
		Namespace string     `json:"namespace"`
		UID       string     `json:"uid"`
		Deleted   *time.Time `json:"deletionTimestamp"`
	} `json:"metadata"`
	Spec struct {
		NodeName        string      `json:"nodeName"`
		Containers      []container `json:"containers"`
		ReadinessGates  []struct{}  `json:"readinessGates"`
		ActiveDeadline  int         `json:"activeDeadlineSeconds"`
		SecurityContext struct {
			Sysctls []struct{ Name, Value string } `json:"sysctls"`
		} `json:"securityContext"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

func (p *pod) key() string { return p.Metadata.Namespace + "/" + p.Metadata.Name }
func (p *pod) path() string {
	return "/api/v1/namespaces/" + p.Metadata.Namespace + "/pods/" + p.Metadata.Name
}

type container struct {
	Name           string                         `json:"name"`
	Image          string                         `json:"image"`
	Command        []string                       `json:"command"`
	Args           []string                       `json:"args"`
	Env            []struct{ Name, Value string } `json:"env"`
	Message        string                         `json:"terminationMessagePath"`
	MessagePolicy  string                         `json:"terminationMessagePolicy"`
	ReadinessProbe *struct {
		TCPSocket struct {
			Port int `json:"port"`
		} `json:"tcpSocket"`
	} `json:"readinessProbe"`
}

// event is one line of a watch.
type event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// state is how a container is.
type state struct {
	waiting *waiting
	ended   *ended
	ready   bool
}

type waiting struct{ reason, message string }

type ended struct {
	code    int
	message string
}

// status is what the API server is told of a pod.
func (w *work) status() map[string]any {
	phase, ready := "Running", true
	var list []map[string]any
	over, failed, held := 0, 0, 0
	for i, c := range w.pod.Spec.Containers {
		s := w.states[i]
		one := map[string]any{"name": c.Name, "image": c.Image, "imageID": c.Image, "ready": s.ready, "restartCount": 0, "started": s.waiting == nil}
		switch {
		case s.waiting != nil:
			held++
			one["state"] = map[string]any{"waiting": map[string]any{"reason": s.waiting.reason, "message": s.waiting.message}}
		case s.ended != nil:
			over++
			reason := "Completed"
			if s.ended.code != 0 {
				failed++
				reason = "Error"
			}
			one["state"] = map[string]any{"terminated": map[string]any{"exitCode": s.ended.code, "reason": reason, "message": s.ended.message}}
		default:
			one["state"] = map[string]any{"running": map[string]any{}}
		}
		ready = ready && s.ready
		list = append(list, one)
	}
	switch {
	case w.reason != "" || failed > 0 && over == len(list):
		phase = "Failed"
	case over == len(list):
		phase = "Succeeded"
	case held > 0:
		phase = "Pending"
	}
	return map[string]any{
		"phase": phase, "reason": w.reason, "podIP": w.net.IP.String(), "podIPs": []any{map[string]any{"ip": w.net.IP.String()}},
		"startTime": w.began.UTC().Format(time.RFC3339), "containerStatuses": list,
		"conditions": []any{
			condition("PodScheduled", true), condition("Initialized", true), condition("ContainersReady", ready),
			// Nobody here ever opens a readiness gate.
			condition("Ready", ready && len(w.pod.Spec.ReadinessGates) == 0),
		},
	}
}

func condition(kind string, holds bool) map[string]any {
	value := "False"
	if holds {
		value = "True"
	}
	return map[string]any{"type": kind, "status": value}
}
