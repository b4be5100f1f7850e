// One program that holds the servers and agents of one upstream Kubernetes version, and the etcd that this version is tested
// with: they share most of their code, so together they take a quarter of the space and of the time to build.
// It acts as the program by whose name it is called, or else as the one that its first argument names.
// KUBE_VERSION_SHOWN makes it report a distribution's version of the same release (v1.34.2+k3s1).
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata" // CronJob time zones, as kube-apiserver and kube-controller-manager have them

	"edgelift.test/kubernetes/shown"
	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var components = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	os.Args[0] = filepath.Base(os.Args[0])
	if !known(os.Args[0]) && len(os.Args) > 1 {
		os.Args = os.Args[1:]
	}
	shown.Version()
	switch name := os.Args[0]; {
	case name == "etcd":
		etcdmain.Main(os.Args)
	case components[name] != nil:
		os.Exit(cli.Run(components[name]()))
	default:
		fmt.Fprintf(os.Stderr, "%s: not a program in here; call it etcd, kubelet, kube-apiserver, "+
			"kube-controller-manager, kube-proxy or kube-scheduler\n", name)
		os.Exit(2)
	}
}

func known(name string) bool {
	return name == "etcd" || components[name] != nil
}
