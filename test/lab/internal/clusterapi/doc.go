// Package clusterapi is the part of a bed that stands below Magnum's driver for
// Cluster API, and that the clusters run in.
//
// Real are helm, the custom resources of Cluster API and of its provider for
// OpenStack, the management cluster's API server that keeps them, and the API
// server of each cluster, with the CA that Magnum made. Not real are:
//
//   - the chart, which has only the objects that the driver asks for;
//   - the controllers: Controllers moves the status of these objects as the real
//     ones would, and makes no machines, only their Machine and Node objects. Nodes
//     run nothing. Admission webhooks are missing, so that what only they refuse
//     is accepted here, such as an older version of Kubernetes;
//   - add-ons, of which there are none. That an API server asks Keystone about
//     tokens, when the label keystone_auth_enabled wants that, is the bed's doing;
//   - Nova, Glance, Neutron and Cinder, whose few answers are in package openstack.
package clusterapi
