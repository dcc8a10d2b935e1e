package cli

import (
	"strconv"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Timeout is a flag value as kubectl's --request-timeout takes it: a duration, or
// a number of seconds; 0 is no limit.
type Timeout time.Duration

func (t *Timeout) String() string {
	if *t == 0 {
		return "0"
	}
	return time.Duration(*t).String()
}

// Type is what help shows for the value.
func (t *Timeout) Type() string { return "duration" }

// Set reads the value.
func (t *Timeout) Set(s string) error {
	d, err := time.ParseDuration(s)
	if seconds, bare := strconv.ParseUint(s, 10, 31); bare == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return clierr.New(clierr.Usage, "", "must be a duration such as 30s or 2m, or a number of seconds")
	}
	*t = Timeout(d)
	return nil
}
