// Package convert turns policies into tiers of rules: the API's defaults applied,
// its validation repeated, nothing evaluated. Kubernetes' own policies come first;
// Calico's join their tiers, and bring more.
package convert
