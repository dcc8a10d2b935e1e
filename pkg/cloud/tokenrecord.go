package cloud

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// tokenRecordVersion changes when older records cannot be read any more.
const tokenRecordVersion = 1

// tokenRecord is a token as it is cached: a line of JSON, and the catalog after it,
// which most uses of a token need not parse.
type tokenRecord struct {
	Version   int       `json:"version"`
	Token     string    `json:"token"`
	Issued    time.Time `json:"issued"`
	Expires   time.Time `json:"expires"`
	Origin    string    `json:"origin,omitempty"` // fingerprint of the OS_TOKEN this came from
	User      User      `json:"user"`
	Project   Project   `json:"project"`
	Roles     []string  `json:"roles"`
	AppCredID string    `json:"application_credential_id,omitempty"`
	// Restricted is an application credential that may make neither others nor trusts.
	Restricted bool   `json:"restricted,omitempty"`
	AuthURL    string `json:"auth_url"`
	CACert     string `json:"cacert,omitempty"` // lets a new terminal verify the same servers
	Key        string `json:"key"`              // Identity.Key of the account that signed in

	catalog []byte
}

// Format keeps the token out of every fmt verb.
func (r tokenRecord) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "tokenRecord(%s)", r.identity()) }

// identity returns who signed in, for messages.
func (r *tokenRecord) identity() Identity {
	return Identity{
		AuthURL: r.AuthURL, Username: r.User.Name, AppCredID: r.AppCredID,
		ProjectName: r.Project.Name, ProjectID: r.Project.ID,
	}
}

// good reports whether the token may be used at now, with a margin before its
// end.
func (r *tokenRecord) good(now time.Time, margin time.Duration) bool {
	if life := r.Expires.Sub(r.Issued); !r.Issued.IsZero() && life/10 < margin {
		margin = life / 10
	}
	return r.Token != "" && now.Before(r.Expires.Add(-margin))
}

// pin returns what a kubeconfig entry has to say to find this record again.
func (r *tokenRecord) pin() Pin {
	p := Pin{AuthURL: r.AuthURL, ProjectID: r.Project.ID, AppCredID: r.AppCredID}
	if r.AppCredID == "" {
		p.Username, p.UserDomainName = r.User.Name, r.User.DomainName
	}
	return p
}

func (r *tokenRecord) encode() ([]byte, error) {
	head, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding a token: %w", err)
	}
	return append(append(head, '\n'), r.catalog...), nil
}

// decodeTokenRecord returns nil for what is not a record of this version: it is
// then made anew.
func decodeTokenRecord(data []byte) *tokenRecord {
	head, catalog, _ := bytes.Cut(data, []byte{'\n'})
	var r tokenRecord
	if json.Unmarshal(head, &r) != nil || r.Version != tokenRecordVersion {
		return nil
	}
	r.catalog = catalog
	return &r
}

// fingerprint names a token without giving it away.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:16])
}

// belongsTo reports whether the token is one of the pinned identity.
func (r *tokenRecord) belongsTo(p Pin) bool {
	if p.AppCredID != "" {
		return r.AppCredID == p.AppCredID
	}
	return r.User.Name == p.Username && r.Project.ID == p.ProjectID &&
		(p.UserDomainName == "" || r.User.DomainName == p.UserDomainName)
}

// Token is a Keystone token. Printing it with any verb shows no part of its ID.
type Token struct {
	ID      string
	Expires time.Time
}

// Format prints when the token expires and hides the rest.
func (t Token) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "token(redacted, expires %s)", t.Expires.UTC().Format(time.RFC3339))
}
