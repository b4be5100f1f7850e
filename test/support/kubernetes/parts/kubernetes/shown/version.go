// Package shown lets the programs of one Kubernetes version report a distribution's version of it.
package shown

import (
	"fmt"
	"os"

	"k8s.io/component-base/version"
)

// Version makes this program report the version in KUBE_VERSION_SHOWN, if there is one (v1.34.2+k3s1); one that is not of
// the same release ends it.
func Version() {
	shown := os.Getenv("KUBE_VERSION_SHOWN")
	if shown == "" {
		return
	}
	if err := version.SetDynamicVersion(shown); err != nil {
		fmt.Fprintf(os.Stderr, "KUBE_VERSION_SHOWN: %v\n", err)
		os.Exit(2)
	}
}
