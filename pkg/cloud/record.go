package cloud

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// recordVersion changes when older records cannot be read any more.
const recordVersion = 1

// How long before its end a token counts as used up: one that can be replaced
// early enough for what is still to be done with it, one that cannot only when
// nothing can be done with it any more. Short-lived tokens get a tenth of
// their life instead.
const (
	spare     = 5 * time.Minute
	lastSpare = 20 * time.Second
)

// record is a token as it is kept: a line of JSON, and the catalog after it,
// which most uses of a token need not parse.
type record struct {
	Version   int       `json:"version"`
	Token     string    `json:"token"`
	Issued    time.Time `json:"issued"`
	Expires   time.Time `json:"expires"`
	Origin    string    `json:"origin,omitempty"` // fingerprint of the OS_TOKEN this came from
	User      User      `json:"user"`
	Project   Project   `json:"project"`
	Roles     []string  `json:"roles"`
	AppCredID string    `json:"application_credential_id,omitempty"`
	AuthURL   string    `json:"auth_url"`
	CACert    string    `json:"cacert,omitempty"` // lets a new terminal verify the same servers
	Key       string    `json:"key"`              // Identity.Key of the account that signed in

	catalog []byte
}

// Format keeps the token out of every fmt verb.
func (r record) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "record(%s)", r.identity()) }

// identity says who signed in, for messages.
func (r *record) identity() Identity {
	return Identity{
		AuthURL: r.AuthURL, Username: r.User.Name, AppCredID: r.AppCredID,
		ProjectName: r.Project.Name, ProjectID: r.Project.ID,
	}
}

// good reports whether the token may be used at now, with a margin before its
// end.
func (r *record) good(now time.Time, margin time.Duration) bool {
	if life := r.Expires.Sub(r.Issued); !r.Issued.IsZero() && life/10 < margin {
		margin = life / 10
	}
	return r.Token != "" && now.Before(r.Expires.Add(-margin))
}

// pin is what a kubeconfig entry has to say to find this record again.
func (r *record) pin() Pin {
	p := Pin{AuthURL: r.AuthURL, ProjectID: r.Project.ID, AppCredID: r.AppCredID}
	if r.AppCredID == "" {
		p.Username, p.UserDomainName = r.User.Name, r.User.DomainName
	}
	return p
}

func (r *record) encode() ([]byte, error) {
	head, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding a token: %w", err)
	}
	return append(append(head, '\n'), r.catalog...), nil
}

// decodeRecord returns nil for what is not a record of this version: it is then
// made anew.
func decodeRecord(data []byte) *record {
	head, catalog, _ := bytes.Cut(data, []byte{'\n'})
	var r record
	if json.Unmarshal(head, &r) != nil || r.Version != recordVersion {
		return nil
	}
	r.catalog = catalog
	return &r
}

// fingerprint tells tokens apart without being one.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:16])
}
