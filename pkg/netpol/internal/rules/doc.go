// Package rules is the normal form that policies of every API are converted into
// and that the engine evaluates: tiers in order, in each tier policies in order,
// in each policy rules in order, each with an action.
//
// The model is that of the strictest API in use (Calico's tiers), of which the
// others are special cases. For one pod and one direction: tiers are visited in
// order; a tier none of whose policies applies to the pod is skipped; otherwise
// the first rule that matches decides, Pass moving on to the next tier, and when
// none matches the tier's default does. A flow that no tier decides is allowed.
// In a tier of Allow rules only, order is without effect: that is NetworkPolicy.
package rules
