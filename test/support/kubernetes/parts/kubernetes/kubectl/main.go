// Upstream's kubectl, alone: installers start it again and again, and beside the servers it would take twice as long to
// start. KUBE_VERSION_SHOWN is as in the program of the servers.
package main

import (
	"fmt"
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if shown := os.Getenv("KUBE_VERSION_SHOWN"); shown != "" {
		if err := version.SetDynamicVersion(shown); err != nil {
			fmt.Fprintf(os.Stderr, "KUBE_VERSION_SHOWN: %v\n", err)
			os.Exit(2)
		}
	}
	logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) // the verbosity has to hold while the command is built, too
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
