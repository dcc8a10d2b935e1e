package account

import (
	"context"
	"encoding/json"
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
// a few.
const (
	namesLife   = 15 * time.Second
	refusedLife = time.Minute
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
	return n.kept(cmd, "clusters", func(ctx context.Context, s *cloud.Session) ([]string, error) {
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
	return n.kept(cmd, "templates", func(ctx context.Context, s *cloud.Session) ([]string, error) {
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

// Regions returns the regions that have a Magnum.
func (n Names) Regions(cmd *cobra.Command) []string {
	return n.kept(cmd, "regions", func(_ context.Context, s *cloud.Session) ([]string, error) { return s.Regions(ContainerInfra), nil })
}

// Clouds returns the clouds in clouds.yaml.
func (n Names) Clouds(*cobra.Command) []string {
	names, err := cloud.Names(cloud.Options{Getenv: n.Env.Getenv})
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

// offered is what is kept of an answer: the words, or that there was none.
type offered struct {
	Until time.Time `json:"until"`
	Words []string  `json:"words"`
}

// kept returns what the cloud says to the account that the flags of cmd choose,
// or said a moment ago.
func (n Names) kept(cmd *cobra.Command, kind string, ask func(context.Context, *cloud.Session) ([]string, error)) []string {
	who, cache, key, err := n.account(cmd, kind)
	if err != nil {
		return nil
	}
	now := n.Env.Now()
	if cache != nil {
		var last offered
		if data, err := cache.Get(key); err == nil && json.Unmarshal(data, &last) == nil && now.Before(last.Until) && last.Until.Sub(now) <= refusedLife {
			return last.Words
		}
	}
	keep := func(o offered) {
		if data, err := json.Marshal(o); err == nil && cache != nil {
			_ = cache.Put(key, data) // the next one asks again
		}
	}
	// In case the answer comes too late for this process to see it.
	keep(offered{Until: now.Add(namesLife)})
	words, err := n.ask(cmd.Context(), who, ask)
	answer := offered{Until: now.Add(namesLife), Words: words}
	if clierr.Code(err) == clierr.SignIn {
		answer.Until = now.Add(refusedLife)
	}
	keep(answer)
	return words
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
	var f Flags
	f.Cloud, _ = cmd.Flags().GetString("os-cloud") // every command with such names has these flags
	f.Region, _ = cmd.Flags().GetString("os-region-name")
	f.NoCache, _ = cmd.Flags().GetBool("no-cache")
	cache, err := f.Store(n.Env)
	if err != nil {
		return nil, nil, "", err
	}
	opts, err := f.Options(n.Env, n.Program)
	if err != nil {
		return nil, nil, "", err
	}
	opts.Prompt = nil
	who, err := cloud.Resolve(opts)
	if err != nil {
		return nil, nil, "", err
	}
	return who, cache, store.Key("names", kind, who.Identity().Key(), who.Identity().Region), nil
}
