package template

import (
	"context"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// New returns the commands about templates.
func New(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "template",
		Aliases: []string{"templates"},
		Short:   "See what clusters can be made from",
		Long:    "See the templates that clusters are made from, and upgraded to.",
		Example: `  kubectl catalyst template list
  kubectl catalyst template show v1.36`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(env), newShow(env))
	return cmd
}

func newShow(env cli.Env) *cobra.Command {
	id, output := &session.Identity{Env: env}, cli.Output("table", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "show TEMPLATE",
		Short: "Show all about a template",
		Long: `Show all about a template, given by its name, its UUID, or a version such as
v1.36, which stands for the newest template that makes it.

In JSON and YAML the fields have the names that openstack coe cluster template
show gives them.`,
		Example: `  kubectl catalyst template show kubernetes-v1.35.6-20260710
  kubectl catalyst template show v1.36 -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return show(cmd.Context(), id, args[0], output)
		},
	}
	id.Bind(cmd.Flags())
	output.Bind(cmd.Flags())
	return cmd
}

func show(ctx context.Context, id *session.Identity, ref string, output *cli.OutputFlag) error {
	if err := magnum.CheckRef("template", ref); err != nil {
		return err
	}
	s, err := id.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := s.Magnum.Templates(ctx)
	if err != nil {
		return err
	}
	t, err := cluster.Template(all, ref)
	if err != nil {
		return err
	}
	v := cluster.TemplateView{Template: *t, Region: s.Region(), Version: session.VersionText(cluster.TemplateVersion(t)), Support: cluster.Support(t)}
	return output.Print(id.Env.Out, v, cli.Formats{"table": func(w io.Writer) error { return cli.PrintFields(w, fields(v)) }})
}

func fields(v cluster.TemplateView) [][2]string {
	return [][2]string{
		{"Name", v.Name}, {"UUID", v.UUID}, {"Region", v.Region}, {"Kubernetes", v.Version}, {"Support", v.Support},
		{"Network driver", v.NetworkDriver}, {"Volume driver", v.VolumeDriver}, {"Image", v.ImageID},
		{"Master flavor", v.MasterFlavorID}, {"Flavor", v.FlavorID}, {"Public", strconv.FormatBool(v.Public)},
		{"Labels", cli.Pairs(v.Labels)}, {"Tags", v.Tags}, {"Created", v.CreatedAt},
	}
}
