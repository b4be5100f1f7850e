//go:build tools

// The datastore of K3s: an etcd API over SQLite, as a program of its own.
package kine

import _ "github.com/k3s-io/kine"
