package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/sirupsen/logrus"
)

// startEgress gives the API server the way to nodes and pods that it has under every egress-selector-mode but disabled: a
// proxy that reaches the nodes which run a K3s agent, and answers 502 for a kubelet anywhere else, so that logs and exec
// of edge nodes fail (upstream 1.6.1; seen: "proxy error … code 502"). It returns the API server's configuration of it.
func startEgress(o *options) (string, error) {
	socket := o.server("egress.sock")
	_ = os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return "", err
	}
	go func() {
		err := http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			tunnel(o, answer, request)
		}))
		logrus.Errorf("Egress proxy ended: %v", err)
	}()
	return write(o.server("etc", "egress-selector-config.yaml"), []byte(fmt.Sprintf(`apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport:
      uds:
        udsName: %s
`, socket)), 0o600)
}

func tunnel(o *options, answer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodConnect || !reachesAgent(o, request.Host) {
		http.Error(answer, "failed to find Session for client "+request.Host, http.StatusBadGateway)
		return
	}
	there, err := net.Dial("tcp", request.Host)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadGateway)
		return
	}
	answer.WriteHeader(http.StatusOK)
	here, buffered, err := answer.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	go func() {
		_, _ = io.Copy(there, buffered)
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

// reachesAgent tells whether an address is this node's, or one of its pods' or services'.
func reachesAgent(o *options, address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	if host == o.nodeIP || host == o.nodeName || host == "localhost" || (ip != nil && ip.IsLoopback()) {
		return true
	}
	for _, cidr := range []string{o.clusterCIDR, o.serviceCIDR} {
		if _, network, err := net.ParseCIDR(cidr); err == nil && ip != nil && network.Contains(ip) {
			return true
		}
	}
	return false
}
