package kube

// WebhookConfiguration is a ValidatingWebhookConfiguration or a mutating one: the
// services that the API server calls before it accepts an object.
type WebhookConfiguration struct {
	Kind     string    `json:"-"`
	Meta     Meta      `json:"metadata"`
	Webhooks []Webhook `json:"webhooks,omitempty"`
	Origin   Origin    `json:"-"`
}

// Webhook is one call; a nil Service means a URL.
type Webhook struct {
	Name         string        `json:"name,omitempty"`
	ClientConfig WebhookClient `json:"clientConfig,omitzero"`
}

// WebhookClient says where a webhook is.
type WebhookClient struct {
	Service *WebhookService `json:"service,omitempty"`
}

// WebhookService is a service and its port; 0 is 443.
type WebhookService struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Port      int32  `json:"port,omitempty"`
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
