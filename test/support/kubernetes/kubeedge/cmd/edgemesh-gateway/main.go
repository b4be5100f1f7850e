// Command edgemesh-gateway stands for EdgeMesh v1.17.0's where tests run. It reads its configuration and the PSK as
// strictly as the agent, asks the API server for Istio's Gateway objects and says which it found; it opens no port for
// them and carries no traffic.
package main

import (
	"flag"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/mesh"
)

func main() {
	file := flag.String("config-file", mesh.GatewayConfigFile, "The path to the configuration file.")
	flag.Parse()
	config, err := mesh.ReadGatewayConfig(*file)
	if err != nil {
		klog.Exitf("%v", err)
	}
	if config.Modules.EdgeTunnel.Enable {
		if _, err := config.Modules.EdgeTunnel.ReadPSK(); err != nil {
			klog.Exitf("%v", err)
		}
	}
	api, err := kubeapi.InCluster()
	if !mesh.OnCloud() {
		api, err = kubeapi.At("http://127.0.0.1:10550")
	}
	if err != nil {
		klog.Exitf("%v", err)
	}
	klog.Infof("Version: v1.17.0 (a double for tests): it carries no traffic")
	for ; ; time.Sleep(30 * time.Second) {
		var gateways kubeapi.List
		if err := api.Do("GET", "/apis/networking.istio.io/v1alpha3/gateways", nil, &gateways); err != nil {
			klog.Errorf("Failed to watch *v1alpha3.Gateway: %v", err)
			continue
		}
		klog.Infof("%d gateways", len(gateways.Items))
	}
}
