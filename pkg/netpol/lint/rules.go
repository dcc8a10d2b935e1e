package lint

// Rules lists every kind of finding, in the order of their ids.
func Rules() []Rule {
	return []Rule{
		{"allow-all", Info, "a rule allows every peer on every port", allowAll},
		{"block-covers-cluster", Warning, "an ipBlock covers the addresses of pods or services", blockCoversCluster},
		{"calico-not-enforced", Error, "policies of Calico are there, and another network plugin runs", calicoNotEnforced},
		{"dead-rules", Error, "rules stand in a direction that policyTypes leaves out, and have no effect", deadRules},
		{"dns-blocked", Warning, "pods isolated for egress cannot reach the cluster's DNS", dnsBlocked},
		{"egress-left-open", Warning, "a default deny without policyTypes isolates ingress only", egressLeftOpen},
		{"equal-priority", Warning, "two policies of the same priority select the same pod: which wins is undefined", equalPriority},
		{"except-outside", Error, "an except is not part of its cidr", exceptOutside},
		{"exposed-to-internet", Info, "pods can be reached from the internet through a service, an ingress or a route", exposedToInternet},
		{"exposure-broken", Warning, "a service, an ingress or a route exposes pods that policies keep it from reaching", exposureBroken},
		{"host-network", Info, "a policy selects a pod on the host network, which policies never cover", hostNetwork},
		{"metadata-open", Warning, "pods can reach the cloud's metadata address 169.254.169.254", metadataOpen},
		{"named-port-missing", Warning, "a port is named that no pod in question has", namedPortMissing},
		{"no-default-deny-egress", Info, "a namespace has no policy that denies egress by default", noDefaultDenyEgress},
		{"no-default-deny-ingress", Warning, "a namespace has no policy that denies ingress by default", noDefaultDenyIngress},
		{"not-enforced", Error, "nothing in the cluster enforces network policies", notEnforced},
		{"order-tie", Warning, "two policies of Calico have the same order and contradict each other: their names decide", orderTie},
		{"peer-matches-nothing", Warning, "a peer matches no pod", peerMatchesNothing},
		{"redundant-rule", Info, "a rule allows only what other rules allow already", redundantRule},
		{"refused", Error, "an object is malformed or misspelt: the API server refuses it", refusedDocuments},
		{"selects-nothing", Warning, "a policy selects no pod", selectsNothing},
		{"service-port", Error, "a rule names the port of a service where the pods' targetPort is meant", servicePort},
		{"shadowed-rule", Warning, "a rule never takes effect because earlier ones decide otherwise", shadowedRule},
		{"staged-never-promoted", Info, "a policy of Calico is only staged, and has no effect", stagedNeverPromoted},
		{"tier-denies", Warning, "a tier of Calico denies by default what later tiers have policies for", tierDenies},
		{"unknown-namespace-label", Warning, "a namespaceSelector asks for a label that no namespace has", unknownNamespaceLabel},
		{"unknown-tier", Error, "a policy of Calico names a tier that does not exist", unknownTier},
		{"unreachable-policy", Warning, "a policy never decides anything, because what comes before it decides on everything", unreachablePolicy},
	}
}
