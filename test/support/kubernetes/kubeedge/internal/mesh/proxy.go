package mesh

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/iptables"
	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
)

// dialTimes are how long each try to reach a pod waits after it has failed
// (Kubernetes' pkg/proxy/userspace, EndpointDialTimeouts).
var dialTimes = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

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
	rules     map[string][]string
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
	return &Proxy{Cluster: cluster, Tunnel: tunnel, Address: address, Mode: mode, listeners: map[string]net.Listener{}, rules: map[string][]string{}, wake: make(chan struct{}, 1)}
}

// Run keeps listeners and rules as the services are, for ever.
func (proxy *Proxy) Run() {
	if err := begin(); err != nil {
		klog.Errorf("proxy: %v", err)
	}
	for {
		if err := proxy.sync(); err != nil {
			klog.Errorf("proxy: %v", err)
		}
		select {
		case <-proxy.wake:
			time.Sleep(200 * time.Millisecond)
		case <-time.After(syncPeriod):
		}
	}
}

func (proxy *Proxy) sync() error {
	wanted := map[string][]string{}
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
			wanted[portal] = ruleFor(key, service.Spec.ClusterIP, port, listener.Addr())
		}
	}
	proxy.closeOthers(wanted)
	if err := proxy.ensureRules(wanted); err != nil {
		return err
	}
	for source, chain := range map[string]string{"PREROUTING": containerChain, "OUTPUT": hostChain} {
		err := iptables.Ensure(program, "-I", source, "-m", "comment", "--comment", "handle ClusterIPs; NOTE: this must be before the NodePort rules", "-j", chain)
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

func (proxy *Proxy) closeOthers(wanted map[string][]string) {
	proxy.mutex.Lock()
	defer proxy.mutex.Unlock()
	for portal, listener := range proxy.listeners {
		if wanted[portal] == nil {
			listener.Close()
			delete(proxy.listeners, portal)
		}
	}
}

// connect tries to reach a pod as often as upstream does (EdgeMesh v1.17.0 pkg/loadbalancer/loadbalancer.go), whose
// words its errors have.
func (proxy *Proxy) connect(client net.Conn, service string, port Port) {
	defer client.Close()
	for _, pause := range dialTimes {
		backend, found := proxy.Cluster.Pick(service, port)
		if !found {
			klog.ErrorS("loadbalancer.go:491", errors.New("missing endpoints"), "Couldn't find an endpoint for service")
			return
		}
		pod, err := proxy.Tunnel.Dial(backend)
		if err == nil {
			link.Pipe(client, pod)
			return
		}
		klog.ErrorS("loadbalancer.go:503", err, "Dial failed")
		time.Sleep(pause)
	}
	klog.Errorf("failed to connect to an endpoint of %s:%s", service, port.Name)
}
