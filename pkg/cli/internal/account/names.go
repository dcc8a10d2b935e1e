package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// How long what the cloud said is offered again without asking it: long enough
// for a few presses of TAB. A cloud that does not answer is left alone for as
// long, and a sign-in that was refused longer: Keystone may lock an account after
// a few. Where no answer comes in time an older one is better than none.
const (
	freshFor   = 15 * time.Second
	refusedFor = time.Minute
	usableFor  = 10 * time.Minute
)

// Names offers to a shell what somebody's account has. Nobody is asked for a
// password, and what goes wrong is an offer of nothing.
type Names struct {
	Env     cli.Env
	Program string
}

// Clusters returns the clusters of the project with their state. Of several with
// one name the UUIDs are offered.
func (n Names) Clusters(cmd *cobra.Command) []string {
	return n.cached(cmd, "clusters", func(ctx context.Context, s *cloud.Session) ([]string, error) {
		m, err := Magnum(s)
		if err != nil {
			return nil, err
		}
		all, err := m.Clusters(ctx)
		called := map[string]int{}
		for i := range all {
			called[all[i].Name]++
		}
		var words []string
		for i := range all {
			words = append(words, clusterWord(&all[i], called[all[i].Name] > 1 || all[i].Name == ""))
		}
		return words, err
	})
}

func clusterWord(c *magnum.Cluster, byUUID bool) string {
	about := c.Status
	if v, ok := cluster.Version(c); ok {
		about = v.String() + ", " + about
	}
	if byUUID {
		return word(c.UUID, c.Name+", "+about)
	}
	return word(c.Name, about)
}

// Templates returns the templates, the newest first.
func (n Names) Templates(cmd *cobra.Command) []string {
	return n.cached(cmd, "templates", func(ctx context.Context, s *cloud.Session) ([]string, error) {
		m, err := Magnum(s)
		if err != nil {
			return nil, err
		}
		all, err := m.Templates(ctx)
		slices.SortStableFunc(all, func(a, b magnum.Template) int { return cluster.CompareTemplates(&b, &a) })
		var words []string
		for i := range all {
			if cluster.Fit(&all[i]) {
				words = append(words, word(all[i].Name, all[i].NetworkDriver))
			}
		}
		return words, err
	})
}

// NodeGroups returns the node groups of a cluster.
func (n Names) NodeGroups(cmd *cobra.Command, ref string) []string {
	return n.cached(cmd, "nodegroups/"+ref, func(ctx context.Context, s *cloud.Session) ([]string, error) {
		m, err := Magnum(s)
		if err != nil {
			return nil, err
		}
		all, err := m.NodeGroups(ctx, ref)
		var words []string
		for _, g := range all {
			words = append(words, word(g.Name, fmt.Sprintf("%s, %d nodes", g.Role, g.NodeCount)))
		}
		return words, err
	})
}

// Regions returns the regions that have a Magnum.
func (n Names) Regions(cmd *cobra.Command) []string {
	return n.cached(cmd, "regions", func(_ context.Context, s *cloud.Session) ([]string, error) { return s.Regions(ContainerInfra), nil })
}

// Clouds returns the clouds in clouds.yaml.
func (n Names) Clouds(*cobra.Command) []string {
	names, err := cloud.Names(cloud.Options{Getenv: n.Env.Getenv, SkipFolder: true})
	if err != nil {
		return nil
	}
	return names
}

// word is a name with a description.
func word(name, about string) string {
	about = strings.Join(strings.Fields(clierr.Clean(about)), " ")
	if about == "" {
		return name
	}
	return name + "\t" + about
}

// offered is a cached answer: when the cloud was asked last, and what it answered
// when it last did.
type offered struct {
	Asked    time.Time `json:"asked"`
	Refused  bool      `json:"refused"` // the sign-in
	Answered time.Time `json:"answered"`
	Words    []string  `json:"words"`
}

// within reports whether less than d has gone by since a time.
func within(d time.Duration, since, now time.Time) bool { return now.Sub(since).Abs() < d }

// isFresh reports whether the cloud need not be asked now.
func (o *offered) isFresh(now time.Time) bool {
	return within(freshFor, o.Answered, now) || within(freshFor, o.Asked, now) || o.Refused && within(refusedFor, o.Asked, now)
}

// words returns what was answered, unless that is too long ago.
func (o *offered) words(now time.Time) []string {
	if !within(usableFor, o.Answered, now) {
		return nil
	}
	return o.Words
}

// cached returns what the cloud answers to the account that the flags of cmd choose,
// or answered before.
func (n Names) cached(cmd *cobra.Command, kind string, ask func(context.Context, *cloud.Session) ([]string, error)) []string {
	who, cache, key, err := n.account(cmd, kind)
	if err != nil {
		return nil
	}
	var last offered
	if cache != nil {
		if data, err := cache.Get(key); err != nil || json.Unmarshal(data, &last) != nil {
			last = offered{}
		}
	}
	if last.isFresh(n.Env.Now()) && !n.Env.Late() {
		return last.words(n.Env.Now())
	}
	save := func() {
		if data, err := json.Marshal(last); err == nil && cache != nil {
			_ = cache.Set(key, data) // the next one asks again
		}
	}
	last.Asked = n.Env.Now()
	save() // in case this process is left behind before there is an answer
	words, err := n.ask(cmd.Context(), who, ask)
	if last.Refused = clierr.Code(err) == clierr.SignIn; err == nil {
		last.Answered, last.Words = n.Env.Now(), words
	}
	save()
	return last.words(n.Env.Now())
}

func (n Names) ask(ctx context.Context, who *cloud.Cloud, ask func(context.Context, *cloud.Session) ([]string, error)) ([]string, error) {
	s, err := who.Session(ctx)
	if err != nil {
		return nil, err
	}
	words, err := ask(ctx, s)
	if err != nil {
		return nil, err
	}
	return words, nil
}

// account finds out whose names are wanted, without the network.
func (n Names) account(cmd *cobra.Command, kind string) (*cloud.Cloud, *store.Store, string, error) {
	f := Flags{SkipFolder: true}                   // a press of TAB signs in nowhere that a folder chose
	f.Cloud, _ = cmd.Flags().GetString("os-cloud") // every command with such names has these flags
	f.Region, _ = cmd.Flags().GetString("os-region-name")
	f.NoCache, _ = cmd.Flags().GetBool("no-cache")
	cache, opts := f.Store(n.Env), f.Options(n.Env, n.Program)
	opts.Prompt = nil
	who, err := cloud.Resolve(opts)
	if err != nil {
		return nil, nil, "", err
	}
	return who, cache, store.Key("names", kind, who.Identity().Key(), who.Identity().Region), nil
}
