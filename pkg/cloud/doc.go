// Package cloud signs in to OpenStack. It finds the account the way
// python-openstackclient does (clouds.yaml and its companions, openrc variables,
// OS_TOKEN, application credentials), signs in to Keystone once, caches the token
// privately with its catalog, and hands out clients for the services in it.
//
// Resolve (resolve.go) looks at files and variables only: settings.go, files.go,
// cloudsyaml.go and folder.go read them. Session (session.go) uses the network, and
// only when no token in the cache (tokencache.go) is good any more.
package cloud
