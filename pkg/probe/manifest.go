package probe

import (
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Object is one object as it is sent to the API server.
type Object struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Metadata   objectMeta `json:"metadata"`
	Spec       any        `json:"spec,omitempty"`
	Automount  *bool      `json:"automountServiceAccountToken,omitempty"` // of a ServiceAccount
}

// objectMeta is the metadata that objects of a probe have.
type objectMeta struct {
	Name            string            `json:"name"`
	Namespace       string            `json:"namespace,omitempty"`
	UID             string            `json:"uid,omitempty"`
	Created         time.Time         `json:"creationTimestamp,omitzero"`
	Deleted         time.Time         `json:"deletionTimestamp,omitzero"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
	OwnerReferences []ownerReference  `json:"ownerReferences,omitempty"`
}

// ownerReference is the owner of an object.
type ownerReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// PodSpec is the spec of a pod of a probe.
type PodSpec struct {
	NodeName                      string       `json:"nodeName"`
	HostNetwork                   bool         `json:"hostNetwork,omitempty"`
	ServiceAccountName            string       `json:"serviceAccountName,omitempty"`
	AutomountServiceAccountToken  bool         `json:"automountServiceAccountToken"`
	EnableServiceLinks            bool         `json:"enableServiceLinks"`
	RestartPolicy                 string       `json:"restartPolicy"`
	ActiveDeadlineSeconds         int          `json:"activeDeadlineSeconds"`
	TerminationGracePeriodSeconds int          `json:"terminationGracePeriodSeconds"`
	DNSPolicy                     string       `json:"dnsPolicy"`
	Tolerations                   []toleration `json:"tolerations"`
	ReadinessGates                []gate       `json:"readinessGates"`
	SecurityContext               podSecurity  `json:"securityContext"`
	Containers                    []container  `json:"containers"`
}

type (
	toleration struct {
		Operator string `json:"operator"`
		Effect   string `json:"effect"`
	}
	gate struct {
		ConditionType string `json:"conditionType"`
	}
	podSecurity struct {
		RunAsNonRoot   bool     `json:"runAsNonRoot"`
		RunAsUser      int      `json:"runAsUser"`
		RunAsGroup     int      `json:"runAsGroup"`
		SeccompProfile seccomp  `json:"seccompProfile"`
		Sysctls        []sysctl `json:"sysctls,omitempty"`
	}
	seccomp struct {
		Type string `json:"type"`
	}
	sysctl struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	container struct {
		Name                     string               `json:"name"`
		Image                    string               `json:"image"`
		ImagePullPolicy          string               `json:"imagePullPolicy"`
		Command                  []string             `json:"command"`
		Args                     []string             `json:"args,omitempty"`
		Env                      []variable           `json:"env,omitempty"`
		Ports                    []kube.ContainerPort `json:"ports,omitempty"`
		Resources                resources            `json:"resources"`
		SecurityContext          containerSecurity    `json:"securityContext"`
		TerminationMessagePath   string               `json:"terminationMessagePath"`
		TerminationMessagePolicy string               `json:"terminationMessagePolicy"`
		ReadinessProbe           *readiness           `json:"readinessProbe,omitempty"`
	}
	variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	resources struct {
		Requests map[string]string `json:"requests"`
		Limits   map[string]string `json:"limits"`
	}
	containerSecurity struct {
		AllowPrivilegeEscalation bool         `json:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool         `json:"readOnlyRootFilesystem"`
		Capabilities             capabilities `json:"capabilities"`
	}
	capabilities struct {
		Drop []string `json:"drop"`
	}
	readiness struct {
		TCPSocket     socket `json:"tcpSocket"`
		PeriodSeconds int    `json:"periodSeconds"`
	}
	socket struct {
		Port int `json:"port"`
	}
)

// path is where the API server keeps objects of this kind; with the name for one.
func (o *Object) path(name string) string {
	plural := map[string]string{"Pod": "pods", "ConfigMap": "configmaps", "Namespace": "namespaces",
		"ServiceAccount": "serviceaccounts", "NetworkPolicy": "networkpolicies"}[o.Kind]
	root := "/api/v1"
	if o.APIVersion != "v1" {
		root = "/apis/" + o.APIVersion
	}
	if o.Metadata.Namespace != "" {
		root += "/namespaces/" + o.Metadata.Namespace
	}
	root += "/" + plural
	if name != "" {
		root += "/" + name
	}
	return root
}

// Ref names the object.
func (o *Object) Ref() kube.Ref {
	return kube.Ref{Kind: o.Kind, Namespace: o.Metadata.Namespace, Name: o.Metadata.Name}
}

func nameOf(o *Object) string { return o.Metadata.Namespace + "/" + o.Metadata.Name }
