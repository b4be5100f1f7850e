package mesh

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/iptables"
	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
)

// The chains of the userspace proxier that EdgeMesh v1.17.0 took over from Kubernetes. They come before kube-proxy's
// (docs/advanced/hybird-proxy.md), so on the cloud, too, a service's traffic goes through the agent.
const (
	containerChain = "KUBE-PORTALS-CONTAINER"
	hostChain      = "KUBE-PORTALS-HOST"
)

// Proxy leads TCP that goes to a ClusterIP into this program and from here to a pod, on this node or through the tunnel
// on another. UDP it leaves alone.
type Proxy struct {
	Cluster *Cluster
	Tunnel  *Tunnel
	// Address is the bridge's, on which it listens.
	Address string
	Mode    string

	mutex     sync.Mutex
	listeners map[string]net.Listener
	wake      chan struct{}
}

// Changed tells the proxy that services have changed.
func (proxy *Proxy) Changed() {
	select {
	case proxy.wake <- struct{}{}:
	default:
	}
}

// NewProxy makes one that follows the cluster.
func NewProxy(cluster *Cluster, tunnel *Tunnel, address, mode string) *Proxy {
	return &Proxy{Cluster: cluster, Tunnel: tunnel, Address: address, Mode: mode, listeners: map[string]net.Listener{}, wake: make(chan struct{}, 1)}
}

// Run keeps listeners and rules as the services are, for ever.
func (proxy *Proxy) Run() {
	for {
		if err := proxy.sync(); err != nil {
			klog.Errorf("proxy: %v", err)
		}
		select {
		case <-proxy.wake:
			time.Sleep(200 * time.Millisecond)
		case <-time.After(30 * time.Second):
		}
	}
}

func (proxy *Proxy) sync() error {
	wanted, rules := map[string]bool{}, []string{}
	for key, service := range proxy.Cluster.Services.All() {
		if !proxied(service, proxy.Mode) {
			continue
		}
		for _, port := range service.Spec.Ports {
			if port.Protocol != "TCP" {
				continue
			}
			portal := fmt.Sprintf("%s %s:%d", key, service.Spec.ClusterIP, port.Port)
			listener, err := proxy.listen(portal, key, port)
			if err != nil {
				return err
			}
			wanted[portal] = true
			rules = append(rules, fmt.Sprintf("-d %s/32 -p tcp -m comment --comment %q -m tcp --dport %d -j DNAT --to-destination %s",
				service.Spec.ClusterIP, strings.TrimSuffix(key+":"+port.Name, ":"), port.Port, listener.Addr()))
		}
	}
	proxy.closeOthers(wanted)
	if err := iptables.Replace("iptables-restore", map[string][]string{containerChain: rules, hostChain: rules}); err != nil {
		return err
	}
	for source, chain := range map[string]string{"PREROUTING": containerChain, "OUTPUT": hostChain} {
		err := iptables.Ensure("iptables", "-I", source, "-m", "comment", "--comment", "handle ClusterIPs; NOTE: this must be before the NodePort rules", "-j", chain)
		if err != nil {
			return err
		}
	}
	return nil
}

func (proxy *Proxy) listen(portal, service string, port Port) (net.Listener, error) {
	proxy.mutex.Lock()
	defer proxy.mutex.Unlock()
	if listener, found := proxy.listeners[portal]; found {
		return listener, nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(proxy.Address, "0"))
	if err != nil {
		return nil, err
	}
	proxy.listeners[portal] = listener
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go proxy.connect(client, service, port)
		}
	}()
	return listener, nil
}

func (proxy *Proxy) closeOthers(wanted map[string]bool) {
	proxy.mutex.Lock()
	defer proxy.mutex.Unlock()
	for portal, listener := range proxy.listeners {
		if !wanted[portal] {
			listener.Close()
			delete(proxy.listeners, portal)
		}
	}
}

func (proxy *Proxy) connect(client net.Conn, service string, port Port) {
	backend, found := proxy.Cluster.Pick(service, port)
	if !found {
		klog.Errorf("no endpoints available for service %s:%s", service, port.Name)
		client.Close()
		return
	}
	pod, err := proxy.Tunnel.Dial(backend)
	if err != nil {
		klog.Errorf("l4 proxy: connect to %s on %s: %v", backend.Address, backend.Node, err)
		client.Close()
		return
	}
	link.Pipe(client, pod)
}
