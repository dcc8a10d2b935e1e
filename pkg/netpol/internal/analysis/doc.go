// Package analysis finds the facts about policies that findings are made of: what
// each policy comes down to, rules that change nothing, what the order of policies
// leaves undefined or unreached, and the gaps, where an answer is on the safe side.
package analysis
