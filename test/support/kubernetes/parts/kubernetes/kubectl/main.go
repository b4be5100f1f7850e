// Upstream's kubectl, alone: installers start it again and again, and beside the servers it would take twice as long to
// start. KUBE_VERSION_SHOWN is as in the program of the servers.
package main

import (
	"os"

	"edgelift.test/kubernetes/shown"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	shown.Version()
	logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) // the verbosity has to hold while the command is built, too
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
