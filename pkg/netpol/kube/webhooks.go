package kube

// WebhookConfiguration is a ValidatingWebhookConfiguration or a mutating one: the
// services that the API server calls before it accepts an object.
type WebhookConfiguration struct {
	Kind     string `json:"-"`
	Meta     Meta   `json:"metadata"`
	Webhooks []struct {
		ClientConfig struct {
			Service *struct { // nil for a URL
				Name      string `json:"name"`
				Namespace string `json:"namespace"`
				Port      int32  `json:"port,omitempty"` // 0 is 443
			} `json:"service,omitempty"`
		} `json:"clientConfig,omitzero"`
	} `json:"webhooks,omitempty"`
	Origin Origin `json:"-"`
}

// Ref names the configuration.
func (w *WebhookConfiguration) Ref() Ref { return Ref{Kind: w.Kind, Name: w.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (w *WebhookConfiguration) Head() (*Meta, *Origin) { return &w.Meta, &w.Origin }

// SetKind notes which kind of configuration was read.
func (w *WebhookConfiguration) SetKind(_, kind string) { w.Kind = kind }

// WrittenAs returns the apiVersion and kind of the configuration in a snapshot.
func (w *WebhookConfiguration) WrittenAs() (apiVersion, kind string) {
	return "admissionregistration.k8s.io/v1", w.Kind
}
