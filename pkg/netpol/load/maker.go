package load

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// madeLabels are the labels that controllers add to the pods of a kind. NAME is
// that of the workload.
var madeLabels = map[string]map[string]string{
	"Deployment":       {"pod-template-hash": generated},
	"DaemonSet":        {"controller-revision-hash": generated, "pod-template-generation": generated},
	"StatefulSet":      {"controller-revision-hash": generated},
	"Rollout":          {"rollouts-pod-template-hash": generated},
	"DeploymentConfig": {"deployment": generated, "deploymentconfig": "NAME"},
	"CloneSet":         {"controller-revision-hash": generated, "apps.kruise.io/cloneset-instance-id": generated},
	knativeKind: {"serving.knative.dev/service": "NAME", "serving.knative.dev/configuration": "NAME", "serving.knative.dev/revision": generated,
		"app": generated, "pod-template-hash": generated},
	"VirtualMachine": {"kubevirt.io": "virt-launcher", "kubevirt.io/domain": "NAME", "vm.kubevirt.io/name": "NAME"},
}

// knativeKind is what the workload of a Service of Knative is called: a Service of
// Kubernetes is something else.
const knativeKind = "Revision"

// podMakers are kinds whose operators make pods that their objects do not spell
// out, by API group.
var podMakers = map[string][]string{
	"monitoring.coreos.com":             {"Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"},
	"argoproj.io":                       {"Rollout", "Workflow", "CronWorkflow", "WorkflowTemplate", "ArgoCD"},
	"kubevirt.io":                       {"VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet"},
	"pool.kubevirt.io":                  {"VirtualMachinePool"},
	"serving.knative.dev":               {"Service", "Configuration"},
	"postgresql.cnpg.io":                {"Cluster", "Pooler"},
	"acid.zalan.do":                     {"postgresql"},
	"postgres-operator.crunchydata.com": {"PostgresCluster"},
	"kafka.strimzi.io":                  {"Kafka", "KafkaNodePool", "KafkaConnect", "KafkaBridge", "KafkaMirrorMaker2"},
	"rabbitmq.com":                      {"RabbitmqCluster"},
	"databases.spotahome.com":           {"RedisFailover"},
	"redis.redis.opstreelabs.in":        {"Redis", "RedisCluster", "RedisReplication", "RedisSentinel"},
	"mongodbcommunity.mongodb.com":      {"MongoDBCommunity"},
	"psmdb.percona.com":                 {"PerconaServerMongoDB"},
	"pxc.percona.com":                   {"PerconaXtraDBCluster"},
	"elasticsearch.k8s.elastic.co":      {"Elasticsearch"},
	"kibana.k8s.elastic.co":             {"Kibana"},
	"logstash.k8s.elastic.co":           {"Logstash"},
	"beat.k8s.elastic.co":               {"Beat"},
	"minio.min.io":                      {"Tenant"},
	"tekton.dev":                        {"PipelineRun", "TaskRun"},
	"sparkoperator.k8s.io":              {"SparkApplication", "ScheduledSparkApplication"},
	"ray.io":                            {"RayCluster", "RayService", "RayJob"},
	"kubeflow.org":                      {"PyTorchJob", "TFJob", "MPIJob"},
	"jaegertracing.io":                  {"Jaeger"},
	"opentelemetry.io":                  {"OpenTelemetryCollector"},
	"k8s.keycloak.org":                  {"Keycloak"},
	"grafana.integreatly.org":           {"Grafana"},
	"loki.grafana.com":                  {"LokiStack"},
	"keda.sh":                           {"ScaledJob"},
}

// acceptMaker reads a workload of a kind that is not in the table by its template,
// which all of them have in common, and names what makes pods otherwise.
func (w *worker) acceptMaker(n tree.Node, at kube.Origin, apiVersion, kind string) {
	group, _, _ := strings.Cut(apiVersion, "/")
	if hasPodTemplate(n, group) {
		err := w.acceptTemplate(n, at, group, kind)
		if err == nil {
			return
		}
		w.out.unknown = append(w.out.unknown, Foreign{apiVersion, refOf(n, kind), at, "makes pods that are not known here: " + err.Error()})
		return
	}
	for _, maker := range podMakers[group] {
		if kind == maker {
			w.out.unknown = append(w.out.unknown, Foreign{apiVersion, refOf(n, kind), at, "makes pods that are not known here"})
		}
	}
}

// hasPodTemplate reports whether an object has a template of pods where all
// workloads have theirs. Those of Knative and KubeVirt need no labels: their
// controllers add enough.
func hasPodTemplate(n tree.Node, group string) bool {
	template := n.Get("spec").Get("template")
	spec := template.Get("spec")
	labels := template.Get("metadata").Get("labels")
	switch group {
	case "kubevirt.io":
		return spec.Get("domain").Kind() == tree.Map
	case "serving.knative.dev":
		return spec.Get("containers").Kind() == tree.List
	}
	return spec.Get("containers").Kind() == tree.List && labels.Kind() == tree.Map && labels.Len() > 0
}

func (w *worker) acceptTemplate(n tree.Node, at kube.Origin, group, kind string) error {
	object := kube.Workload{Kind: kind, Origin: at}
	if group == "serving.knative.dev" {
		object.Kind = knativeKind
	}
	if _, err := w.decoder.Object(n, &object, decode.Mode{}); err != nil {
		return err
	}
	if object.Meta.Namespace == "" {
		object.Meta.Namespace = w.namespace
	}
	object.Meta.UID = ""
	kube.SetList(&w.out.objects, append(kube.ListOf[kube.Workload](&w.out.objects), object))
	return nil
}

// isObject reports whether a document in a folder is meant to be an object. What
// has no kind may have forgotten it: then it has more of an object.
func isObject(n tree.Node) bool {
	if n.Kind() != tree.Map {
		return false
	}
	has := func(field string) bool { return n.Get(field).Exists() }
	switch {
	case has("kind"):
		return true
	case has("apiVersion"):
		return has("metadata") || has("spec") || has("items")
	}
	return has("metadata") && has("spec")
}

var kindKey = regexp.MustCompile(`(^|[\s{,"'])kind["']?\s*:`)

// mentionsKind reports whether a text that cannot be read may be meant to be an
// object.
func mentionsKind(text []byte) bool {
	return bytes.Contains(text, []byte("apiVersion")) || kindKey.Match(text)
}
