// Command edgemesh-agent stands for EdgeMesh v1.17.0's where tests run: the same configuration, bridge, DNS and reach,
// without libp2p between its ends and without UDP, SOCKS5 or CNI.
package main

import (
	"flag"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/mesh"
)

func main() {
	file := flag.String("config-file", mesh.AgentConfigFile, "The path to the configuration file.")
	flag.Parse()
	config, err := mesh.ReadAgentConfig(*file)
	if err != nil {
		klog.Exitf("%v", err)
	}
	klog.Infof("Version: v1.17.0 (a double for tests)")
	klog.Exitf("%v", mesh.RunAgent(config))
}
