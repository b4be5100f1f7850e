package mesh

import (
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// ignoredLabel keeps a service out of EdgeMesh's hands (EdgeMesh v1.17.0 pkg/proxy/server.go): the default mode leaves
// out what has it, the other one takes nothing else.
const ignoredLabel = "service.edgemesh.kubeedge.io/service-proxy-name"

// Service is what of a core/v1 Service matters here.
type Service struct {
	kubeapi.Meta
	Spec struct {
		ClusterIP string `json:"clusterIP"`
		Ports     []Port `json:"ports"`
	} `json:"spec"`
}

type Port struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
}

// Endpoints is core/v1's.
type Endpoints struct {
	kubeapi.Meta
	Subsets []struct {
		Addresses []struct {
			IP       string `json:"ip"`
			NodeName string `json:"nodeName"`
		} `json:"addresses"`
		Ports []Port `json:"ports"`
	} `json:"subsets"`
}

// Node is core/v1's, for where its agent is found.
type Node struct {
	kubeapi.Meta
	Status struct {
		Addresses []struct {
			Type    string `json:"type"`
			Address string `json:"address"`
		} `json:"addresses"`
	} `json:"status"`
}

// Cluster is what an agent knows of the cluster.
type Cluster struct {
	Services  kubeapi.Mirror[Service]
	Endpoints kubeapi.Mirror[Endpoints]
	Nodes     kubeapi.Mirror[Node]
	rules     kubeapi.Mirror[kubeapi.Meta]
}

// Follow begins to keep it up to date. Without Istio's CRDs the last list fails for ever, which is logged and nothing
// else (EdgeMesh v1.17.0 pkg/loadbalancer/loadbalancer.go).
func (cluster *Cluster) Follow(api *kubeapi.Client, changed func()) {
	failed := func(err error) { klog.Errorf("Failed to watch: %v", err) }
	cluster.Services.Failed, cluster.Services.Changed = failed, changed
	cluster.Endpoints.Failed, cluster.Nodes.Failed, cluster.rules.Failed = failed, failed, failed
	go cluster.Services.Run(api, "/api/v1/services")
	go cluster.Endpoints.Run(api, "/api/v1/endpoints")
	go cluster.Nodes.Run(api, "/api/v1/nodes")
	go cluster.rules.Run(api, "/apis/networking.istio.io/v1alpha3/destinationrules")
}

// proxied tells whether a service's traffic is for this agent to carry: headless ones are not.
func proxied(service Service, mode string) bool {
	if ip := net.ParseIP(service.Spec.ClusterIP); ip == nil || ip.To4() == nil {
		return false
	}
	_, labelled := service.Metadata.Labels[ignoredLabel]
	return labelled == (mode == "FilterIfLabelDoesNotExists")
}

// Backend is one pod behind a port of a service; Node is empty when it belongs to none.
type Backend struct{ Address, Node string }

// Pick chooses a backend at random.
func (cluster *Cluster) Pick(service string, port Port) (Backend, bool) {
	endpoints, _ := cluster.Endpoints.Get(service)
	var found []Backend
	for _, subset := range endpoints.Subsets {
		for _, one := range subset.Ports {
			if one.Name != port.Name {
				continue
			}
			for _, address := range subset.Addresses {
				found = append(found, Backend{net.JoinHostPort(address.IP, strconv.Itoa(one.Port)), address.NodeName})
			}
		}
	}
	if len(found) == 0 {
		return Backend{}, false
	}
	return found[rand.IntN(len(found))], true
}

// Resolve gives the addresses of a name `service.namespace.svc`; a headless service has its pods' ones.
func (cluster *Cluster) Resolve(name string) ([]net.IP, bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[2] != "svc" {
		return nil, false
	}
	key := parts[1] + "/" + parts[0]
	service, found := cluster.Services.Get(key)
	if !found {
		return nil, false
	}
	if ip := net.ParseIP(service.Spec.ClusterIP); ip != nil {
		return []net.IP{ip}, true
	}
	var addresses []net.IP
	endpoints, _ := cluster.Endpoints.Get(key)
	for _, subset := range endpoints.Subsets {
		for _, address := range subset.Addresses {
			addresses = append(addresses, net.ParseIP(address.IP))
		}
	}
	return addresses, true
}
