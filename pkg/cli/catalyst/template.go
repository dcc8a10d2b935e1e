package catalyst

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func newTemplate(env cli.Env) *cobra.Command {
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
	cmd.AddCommand(newTemplateList(env), newTemplateShow(env))
	return cmd
}

func newTemplateShow(env cli.Env) *cobra.Command {
	id, output := &identity{env: env}, cli.Output("table", "json", "yaml")
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
			return showTemplate(cmd.Context(), id, args[0], output.Value)
		},
	}
	id.bind(cmd.Flags())
	output.Bind(cmd.Flags())
	return cmd
}

func showTemplate(ctx context.Context, id *identity, ref, format string) error {
	if err := magnum.CheckRef("template", ref); err != nil {
		return err
	}
	s, err := id.connect(ctx)
	if err != nil {
		return err
	}
	all, err := s.magnum.Templates(ctx)
	if err != nil {
		return err
	}
	t, err := cluster.Template(all, ref)
	if err != nil {
		return err
	}
	v := cluster.TemplateView{Template: *t, Region: s.Region(), Version: templateVersion(t), Support: cluster.Support(t)}
	if format != "table" {
		return cli.PrintObject(id.env.Out, format, v)
	}
	return cli.NewTable(id.env.Out, nil).Print([][]string{
		{"Name", t.Name}, {"UUID", t.UUID}, {"Region", v.Region}, {"Kubernetes", v.Version}, {"Support", v.Support},
		{"Network driver", t.NetworkDriver}, {"Volume driver", t.VolumeDriver}, {"Image", t.ImageID},
		{"Master flavor", t.MasterFlavorID}, {"Flavor", t.FlavorID}, {"Public", strconv.FormatBool(t.Public)},
		{"Labels", pairs(t.Labels)}, {"Tags", t.Tags}, {"Created", t.CreatedAt},
	})
}

func templateVersion(t *magnum.Template) string {
	v, ok := cluster.TemplateVersion(t)
	if !ok {
		return ""
	}
	return v.String()
}

// names prints the names of templates.
func (o *templateListOptions) names(all []cluster.TemplateView) {
	for _, t := range all {
		fmt.Fprintln(o.env.Out, clierr.Clean(t.Name))
	}
}
