package kube

// Workload is the part of the kinds that make pods which decides what pods they
// make.
type Workload struct {
	Kind string `json:"-"`
	Meta Meta   `json:"metadata"`
	// Spec is the union of what the kinds hold.
	Spec struct {
		Replicas       *int32 `json:"replicas,omitempty"`
		Parallelism    *int32 `json:"parallelism,omitempty"`
		Completions    *int32 `json:"completions,omitempty"`
		CompletionMode string `json:"completionMode,omitempty"`
		// Ordinals is where a StatefulSet's numbering begins.
		Ordinals *struct {
			Start int32 `json:"start,omitempty"`
		} `json:"ordinals,omitempty"`
		Template *podTemplate `json:"template,omitempty"`
		// JobTemplate is the job that a CronJob makes.
		JobTemplate *struct {
			Spec struct {
				Parallelism    *int32       `json:"parallelism,omitempty"`
				Completions    *int32       `json:"completions,omitempty"`
				CompletionMode string       `json:"completionMode,omitempty"`
				Template       *podTemplate `json:"template,omitempty"`
			} `json:"spec"`
		} `json:"jobTemplate,omitempty"`
	} `json:"spec"`
	Status agentStatus `json:"status"`
	Origin Origin      `json:"-"`
}

// Ref names the workload.
func (w *Workload) Ref() Ref {
	return Ref{Kind: w.Kind, Namespace: w.Meta.Namespace, Name: w.Meta.Name}
}

// SetKind notes which kind of workload was read.
func (w *Workload) SetKind(_, kind string) { w.Kind = kind }

// Head returns the metadata and where the object was read from.
func (w *Workload) Head() (*Meta, *Origin) { return &w.Meta, &w.Origin }

// podTemplate is a pod in the making.
type podTemplate struct {
	Meta Meta    `json:"metadata"`
	Spec PodSpec `json:"spec"`
}

// Agent is the part of a DaemonSet that reports whether the program that enforces
// policies runs on every node.
type Agent struct {
	Meta   Meta        `json:"metadata"`
	Status agentStatus `json:"status"`
	Origin Origin      `json:"-"`
}

// Ref names the DaemonSet.
func (a *Agent) Ref() Ref {
	return Ref{Kind: "DaemonSet", Namespace: a.Meta.Namespace, Name: a.Meta.Name}
}

// WrittenAs returns the apiVersion and kind of the DaemonSet in a snapshot.
func (a *Agent) WrittenAs() (apiVersion, kind string) { return "apps/v1", "DaemonSet" }

// Head returns the metadata and where the object was read from.
func (a *Agent) Head() (*Meta, *Origin) { return &a.Meta, &a.Origin }

// agentStatus is how a workload describes its own state.
type agentStatus struct {
	Desired        int32  `json:"desiredNumberScheduled,omitempty"` // of a DaemonSet: nodes
	Ready          int32  `json:"numberReady,omitempty"`            // of a DaemonSet: nodes
	CompletionTime string `json:"completionTime,omitempty"`         // of a Job that has ended
}

// OperatorStatus is Tigera's TigeraStatus: what the operator that installs Calico
// says of one of its parts.
type OperatorStatus struct {
	Meta   Meta `json:"metadata"`
	Status struct {
		Conditions []condition `json:"conditions,omitempty"` // Available, Progressing and Degraded
	} `json:"status"`
	Origin Origin `json:"-"`
}

// Ref names the status.
func (s *OperatorStatus) Ref() Ref { return Ref{Kind: "TigeraStatus", Name: s.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (s *OperatorStatus) Head() (*Meta, *Origin) { return &s.Meta, &s.Origin }

// Is reports whether a condition holds.
func (s *OperatorStatus) Is(condition string) bool {
	for _, c := range s.Status.Conditions {
		if c.Type == condition {
			return c.Status == "True"
		}
	}
	return false
}
