// Command iptables-manager stands for KubeEdge v1.22.0's (cloud/pkg/cloudstream/iptables/iptables.go): every ten seconds
// it sees to it that the tunnel ports of the nodes in the ConfigMap `tunnelport` lead to a cloudcore's stream port. The
// two images of it differ in the iptables that they carry: one writes nf_tables, the other legacy tables, which not
// every kernel has; then it says so and runs on, and `kubectl logs` to an edge is refused.
package main

import (
	"encoding/json"
	"fmt"
	"time"

	"edgelift.test/kubeedge/internal/cloud"
	"edgelift.test/kubeedge/internal/iptables"
	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

const (
	program    = "iptables"
	chain      = "TUNNEL-PORT"
	streamPort = 10003
)

func main() {
	api, err := kubeapi.InCluster()
	if err != nil {
		klog.Exitf("Failed to build config, err: %v", err)
	}
	known := map[string]int{}
	for ; ; time.Sleep(10 * time.Second) {
		if err := ensureChain(); err != nil {
			klog.Errorf("Failed to ensure chain jumps: %v", err)
			continue
		}
		latest, err := tunnelPorts(api)
		if err != nil {
			klog.Errorf("failed to get added and deleted CloudCore ip and port in iptables manager: %v", err)
			continue
		}
		if err := reconcile(known, latest); err != nil {
			klog.Errorf("Failed to ensure rules: %v", err)
			continue
		}
		known = latest
	}
}

func ensureChain() error {
	if err := iptables.EnsureChain(program, chain); err != nil {
		return err
	}
	for _, source := range []string{"OUTPUT", "PREROUTING"} {
		if err := iptables.Ensure(program, "-A", source, "-m", "comment", "--comment", "kubeedge tunnel port", "-j", chain); err != nil {
			return err
		}
	}
	return nil
}

func reconcile(known, latest map[string]int) error {
	for address, port := range latest {
		if err := iptables.Ensure(program, "-A", chain, rule(address, port)...); err != nil {
			return err
		}
	}
	for address, port := range known {
		if _, found := latest[address]; !found {
			if err := iptables.Delete(program, chain, rule(address, port)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func rule(address string, port int) []string {
	return []string{"-p", "tcp", "--dport", fmt.Sprint(port), "-j", "DNAT", "--to-destination", fmt.Sprintf("%s:%d", address, streamPort)}
}

func tunnelPorts(api *kubeapi.Client) (map[string]int, error) {
	var configMap struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if err := api.Do("GET", "/api/v1/namespaces/"+cloud.Namespace+"/configmaps/tunnelport", nil, &configMap); err != nil {
		return nil, err
	}
	var record cloud.TunnelPorts
	err := json.Unmarshal([]byte(configMap.Metadata.Annotations[cloud.TunnelPortAnnotation]), &record)
	return record.IPTunnelPort, err
}
