package mesh

import (
	"errors"
	"net"
	"os"
	"strconv"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// RunAgent is edgemesh-agent from its start on, and returns what ended it.
func RunAgent(config *AgentConfig) error {
	node := os.Getenv("NODE_NAME")
	if node == "" {
		return errors.New("the environment variable NODE_NAME is not set")
	}
	modules, common := config.Modules, config.CommonConfig
	if err := EnsureBridge(common.BridgeDeviceName, common.BridgeDeviceIP); err != nil {
		return err
	}
	api, err := apiOf(config.KubeAPIConfig)
	if err != nil {
		return err
	}
	cluster := &Cluster{}
	ended := make(chan error)
	tunnel := NewTunnel(node, modules.EdgeTunnel, nil, cluster)
	if modules.EdgeTunnel.Enable {
		psk, err := modules.EdgeTunnel.ReadPSK()
		if err != nil {
			return err
		}
		tunnel = NewTunnel(node, modules.EdgeTunnel, psk, cluster)
	}
	if modules.EdgeDNS.Enable {
		dns, err := NewDNS(cluster.Resolve, resolvConf, net.ParseIP(common.BridgeDeviceIP))
		if err != nil {
			return err
		}
		address := net.JoinHostPort(common.BridgeDeviceIP, strconv.Itoa(modules.EdgeDNS.ListenPort))
		go func() { ended <- dns.Serve(address) }()
	}
	proxy := NewProxy(cluster, tunnel, common.BridgeDeviceIP, modules.EdgeProxy.ServiceFilterMode)
	cluster.Follow(api, proxy.Changed)
	if modules.EdgeTunnel.Enable {
		go ProbeNAT()
		go func() { ended <- tunnel.Run() }()
	}
	if modules.EdgeProxy.Enable {
		go proxy.Run()
	}
	klog.Infof("edgemesh-agent of %s is running", node)
	return <-ended
}

// apiOf is the cluster's API server on the cloud, and on the edge the metaServer of edgecore.
func apiOf(config KubeAPIConfig) (*kubeapi.Client, error) {
	if OnCloud() {
		klog.Infof("edgemesh-agent running on CloudMode")
		return kubeapi.InCluster()
	}
	klog.Infof("edgemesh-agent running on EdgeMode")
	return kubeapi.At(config.MetaServer.Server)
}
