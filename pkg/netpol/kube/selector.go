package kube

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// LabelSelector is metav1's: every matchLabels entry and every expression must
// hold. An empty one matches everything; nil, where a pointer, means "absent",
// which each field defines for itself.
type LabelSelector struct {
	MatchLabels      map[string]string  `json:"matchLabels,omitempty"`
	MatchExpressions []LabelRequirement `json:"matchExpressions,omitempty"`
}

// LabelRequirement is one expression; Operator is In, NotIn, Exists or
// DoesNotExist.
type LabelRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

// IntOrString is a port by number or by name.
type IntOrString struct {
	Int int32
	Str string // the name; a port is by name exactly when this is not ""
}

// UnmarshalJSON accepts a whole number or a string that is not empty.
func (v *IntOrString) UnmarshalJSON(data []byte) error {
	*v = IntOrString{}
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &v.Str); err != nil {
			return err
		}
		if v.Str == "" {
			return fmt.Errorf("port is an empty string; want a number or a name")
		}
		return nil
	}
	n, err := strconv.ParseInt(string(data), 10, 32)
	if err != nil {
		return fmt.Errorf("port %q is neither a whole number nor a name", data)
	}
	v.Int = int32(n)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (v IntOrString) MarshalJSON() ([]byte, error) {
	if v.Str != "" {
		return json.Marshal(v.Str)
	}
	return json.Marshal(v.Int)
}

// String returns the number or the name.
func (v IntOrString) String() string {
	if v.Str != "" {
		return v.Str
	}
	return strconv.Itoa(int(v.Int))
}
