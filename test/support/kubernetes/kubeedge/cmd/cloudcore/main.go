// Command cloudcore stands for KubeEdge v1.22.0's cloudcore where tests run: the same configuration, secrets,
// certificates, ports and failures; between its own two ends, another protocol. Devices, rules, jobs and node groups it
// does not know.
package main

import (
	"flag"

	"edgelift.test/kubeedge/internal/cloud"
	"edgelift.test/kubeedge/internal/klog"
)

func main() {
	file := flag.String("config", cloud.ConfigFile, "The path to the configuration file.")
	flag.Parse()
	config, err := cloud.ReadConfig(*file)
	if err != nil {
		klog.Exitf("%v", err)
	}
	klog.Infof("Version: v1.22.0 (a double for tests)")
	panic(cloud.Run(config))
}
