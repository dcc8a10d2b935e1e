package doctor

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// options is the command line of doctor.
type options struct {
	session.Identity
	kubeconfig string
	cluster    string
	output     *cli.OutputFlag
}

// examination is one run of doctor.
type examination struct {
	*options
	report doctor.Report
	logins []kubeconfig.Owned // in the kubeconfig
}

// New returns the command doctor.
func New(env cli.Env) *cobra.Command {
	o := &options{Identity: session.Identity{Env: env}, output: cli.Output("table", "json", "yaml")}
	cmd := &cobra.Command{
		Use:   "doctor [CLUSTER]",
		Short: "Find what is wrong between this machine and a working cluster",
		Long: `Find what is wrong between this machine and a working cluster, in the order in
which to mend it: credentials, region, roles, Magnum, python-magnumclient.

With a cluster also its state, your kubeconfig, the way to its API server, whom
that takes you for, kubectl, and whether its Kubernetes is still offered; and in
the cluster persistent storage (default storage class, Cinder CSI), exposing
services (the cloud controller), whether network policies are enforced, and
autoscaler and auto-healer as the cluster's labels ask for them. The API server
is asked the way your login goes, with its address, proxy and credential.

Each step is ok, a warning, wrong, or unknown: an earlier step is in the way, or
your role may not look. Exit codes: 0 nothing is wrong, 3 something is.`,
		Example: `  kubectl catalyst doctor
  kubectl catalyst doctor prod -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.cluster = strings.Join(args, "")
			return o.run(cmd.Context(), len(args) > 0)
		},
	}
	fs := cmd.Flags()
	o.Bind(fs)
	o.output.Bind(fs)
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig to look at")
	return cmd
}

func (o *options) run(ctx context.Context, withCluster bool) error {
	if withCluster {
		if err := magnum.CheckRef("cluster", o.cluster); err != nil {
			return err
		}
	}
	e := &examination{options: o}
	s := e.examineAccount(ctx)
	if s != nil && !withCluster {
		e.examineMagnum(ctx, s)
	}
	e.examineClient(ctx)
	if s != nil && withCluster {
		e.examineCluster(ctx, s)
	}
	if err := e.print(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !e.report.OK {
		return clierr.New(clierr.No, "mend the first of them, then look again", "something is wrong")
	}
	return nil
}

// examineAccount goes from clouds.yaml to a Magnum; nil when it does not get
// there.
func (e *examination) examineAccount(ctx context.Context) *session.Session {
	who, err := e.Resolve()
	if err != nil {
		e.report.Add(doctor.Failed("credentials", err))
		return nil
	}
	signedIn, err := who.Session(ctx)
	if err != nil {
		e.report.Add(doctor.Failed("credentials", err))
		return nil
	}
	e.report.Add(doctor.Step{Name: "credentials", Verdict: doctor.OK,
		Found: fmt.Sprintf("%s in project %s", signedIn.User().Name, signedIn.Project().Name)})
	m, err := account.Magnum(signedIn)
	if err != nil {
		e.report.Add(doctor.Failed("region", err))
		return nil
	}
	e.report.Add(doctor.Step{Name: "region", Verdict: doctor.OK, Found: signedIn.Region()})
	e.report.Add(doctor.Roles(signedIn.Roles()))
	return &session.Session{Session: signedIn, Cloud: who.Identity().Name, Magnum: m}
}

// examineMagnum asks the endpoint of the region for something. Where a cluster
// is examined, that is the question.
func (e *examination) examineMagnum(ctx context.Context, s *session.Session) {
	list, err := s.Magnum.Clusters(ctx)
	if err != nil {
		e.report.Add(doctor.Failed("Magnum", err))
		return
	}
	e.report.Add(doctor.Step{Name: "Magnum", Verdict: doctor.OK, Found: fmt.Sprintf("answers; the project has %d clusters", len(list))})
}

// examineClient looks for python-magnumclient. This program does without, so it
// is never more than a warning.
func (e *examination) examineClient(ctx context.Context) {
	step := doctor.Step{Name: "python-magnumclient", Verdict: doctor.Unknown}
	catalog, err := plugin.Load()
	if err == nil {
		var r prereq.Report
		r, err = prereq.Check(ctx, prereq.Options{Minimum: catalog.Minimum.PythonMagnumclient, Kubectl: catalog.Minimum.Kubectl, Environ: os.Environ()})
		step.Found = r.Reason
		switch r.Answer {
		case prereq.Met:
			step.Verdict, step.Found = doctor.OK, r.Magnumclient.Version
		case prereq.NotMet:
			step.Verdict, step.Fix = doctor.Warning, "only the openstack command needs it: 'openstack-coe-helper check' says more"
		}
	}
	if err != nil {
		step.Found = err.Error()
	}
	e.report.Add(step)
}

func (e *examination) print() error {
	return e.output.Print(e.Env.Out, e.report, cli.Formats{"table": func(w io.Writer) error {
		for _, s := range e.report.Steps {
			fmt.Fprintf(w, "%-8s %-20s %s\n", s.Verdict, s.Name, clierr.Clean(s.Found))
			if s.Fix != "" {
				fmt.Fprintf(w, "%29s fix: %s\n", "", clierr.Clean(s.Fix))
			}
		}
		return nil
	}})
}
