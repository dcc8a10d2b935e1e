package kube

// Pod is a v1 Pod, or the pods that an offline workload's template will make.
type Pod struct {
	Meta   Meta      `json:"metadata"`
	Spec   PodSpec   `json:"spec"`
	Status PodStatus `json:"status"`
	Origin Origin    `json:"-"`

	// Owner is the workload people know the pod by: the Deployment, not its
	// ReplicaSet. The zero value means that the pod stands for itself.
	Owner Ref `json:"-"`
	// Replicas is how many pods this one stands for; 0 counts as 1. Above 1 the
	// workload can reach itself from one replica to another.
	Replicas int `json:"-"`
}

// Ref names the pod.
func (p *Pod) Ref() Ref { return Ref{Kind: "Pod", Namespace: p.Meta.Namespace, Name: p.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (p *Pod) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// PodSpec is the part of a pod's spec that the network sees.
type PodSpec struct {
	NodeName           string      `json:"nodeName,omitempty"`
	HostNetwork        bool        `json:"hostNetwork,omitempty"`
	ServiceAccountName string      `json:"serviceAccountName,omitempty"`
	Containers         []Container `json:"containers,omitempty"`
	InitContainers     []Container `json:"initContainers,omitempty"`
}

// Container holds the ports a container declares. An init container counts only
// when its restartPolicy is Always: a sidecar. Image is there only for ingress
// controllers, see IsControllerImage.
type Container struct {
	Name          string          `json:"name,omitempty"`
	Image         string          `json:"image,omitempty"`
	RestartPolicy string          `json:"restartPolicy,omitempty"`
	Ports         []ContainerPort `json:"ports,omitempty"`
}

// ContainerPort is a declared port; an absent protocol is TCP.
type ContainerPort struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int32  `json:"containerPort"`
	Protocol      string `json:"protocol,omitempty"`
}

// PodStatus holds the phase and the addresses.
type PodStatus struct {
	Phase   string  `json:"phase,omitempty"`
	HostIP  string  `json:"hostIP,omitempty"`
	HostIPs []PodIP `json:"hostIPs,omitempty"`
	PodIP   string  `json:"podIP,omitempty"`
	PodIPs  []PodIP `json:"podIPs,omitempty"`
}

// PodIP is one address of a pod or of its node.
type PodIP struct {
	IP string `json:"ip"`
}

// Service is a v1 Service.
type Service struct {
	Meta   Meta        `json:"metadata"`
	Spec   ServiceSpec `json:"spec"`
	Status struct {
		LoadBalancer struct {
			Ingress []struct {
				IP       string `json:"ip,omitempty"`
				Hostname string `json:"hostname,omitempty"`
			} `json:"ingress,omitempty"`
		} `json:"loadBalancer"`
	} `json:"status"`
	Origin Origin `json:"-"`
}

// ServiceSpec is what a service asks for.
type ServiceSpec struct {
	Type                     string            `json:"type,omitempty"`
	Selector                 map[string]string `json:"selector,omitempty"`
	ClusterIP                string            `json:"clusterIP,omitempty"`
	ClusterIPs               []string          `json:"clusterIPs,omitempty"`
	ExternalIPs              []string          `json:"externalIPs,omitempty"`
	ExternalName             string            `json:"externalName,omitempty"`
	ExternalTrafficPolicy    string            `json:"externalTrafficPolicy,omitempty"`
	LoadBalancerSourceRanges []string          `json:"loadBalancerSourceRanges,omitempty"`
	Ports                    []ServicePort     `json:"ports,omitempty"`
}

// Ref names the service.
func (s *Service) Ref() Ref {
	return Ref{Kind: "Service", Namespace: s.Meta.Namespace, Name: s.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (s *Service) Head() (*Meta, *Origin) { return &s.Meta, &s.Origin }

// ServicePort maps a service's port to a port of its pods.
type ServicePort struct {
	Name       string       `json:"name,omitempty"`
	Protocol   string       `json:"protocol,omitempty"`
	Port       int32        `json:"port"`
	TargetPort *IntOrString `json:"targetPort,omitempty"`
	NodePort   int32        `json:"nodePort,omitempty"`
}
