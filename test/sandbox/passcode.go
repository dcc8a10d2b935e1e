package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// passcodeLife is how long a passcode is shown by an authenticator app.
const passcodeLife = 30 * time.Second

// Passcode returns the six digits that an authenticator app of the user shows
// now.
func (s *Sandbox) Passcode(name string) string {
	return passcode(name, s.cloud.now())
}

// passcodes returns those that are accepted: the present one and, as Keystone
// has it, the one before.
func (c *cloud) passcodes(u *user) []string {
	now := c.now()
	return []string{passcode(u.name, now), passcode(u.name, now.Add(-passcodeLife))}
}

// passcode computes a time-based one-time password (RFC 6238, with SHA-256)
// from a seed that is the user's own.
func passcode(user string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte("sandbox seed of "+user))
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/int64(passcodeLife.Seconds()))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:from+4])&0x7fffffff%1_000_000)
}
