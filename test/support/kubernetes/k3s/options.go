package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// options is what the flags come to on this node.
type options struct {
	settings
	nodeName, nodeIP, advertise, port string
	dataDir, bin, kubeconfig          string
	clusterCIDR, serviceCIDR          string
	clusterDNS, clusterDomain         string
	disabled                          map[string]bool
}

// resolve fills in the defaults that depend on the node. Without node-ip it needs a default route, as K3s does, and takes
// the address of that route's interface, even of a dummy one (upstream 1.3; seen).
func resolve(flags settings) (*options, error) {
	o := &options{
		settings:      flags,
		port:          flags.text("https-listen-port", "6443"),
		dataDir:       dataDir(flags),
		kubeconfig:    flags.text("write-kubeconfig", "/etc/rancher/k3s/k3s.yaml"),
		clusterCIDR:   strings.Join(orDefault(flags.list("cluster-cidr"), "10.42.0.0/16"), ","),
		serviceCIDR:   strings.Join(orDefault(flags.list("service-cidr"), "10.43.0.0/16"), ","),
		clusterDNS:    strings.Join(orDefault(flags.list("cluster-dns"), "10.43.0.10"), ","),
		clusterDomain: flags.text("cluster-domain", "cluster.local"),
		disabled:      map[string]bool{},
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	o.nodeName = strings.ToLower(flags.text("node-name", host))
	if ips := flags.list("node-ip"); len(ips) > 0 {
		o.nodeIP = ips[0]
	} else {
		ip, err := utilnet.ChooseHostInterface()
		if err != nil {
			return nil, err
		}
		o.nodeIP = ip.String()
	}
	if net.ParseIP(o.nodeIP) == nil {
		return nil, fmt.Errorf("invalid node-ip: %s", o.nodeIP)
	}
	o.advertise = flags.text("advertise-address", o.nodeIP)
	// Upstream 1.3: the names that --disable knows.
	for _, name := range flags.list("disable") {
		o.disabled[name] = true
	}
	return o, o.check()
}

func (o *options) check() error {
	if mode := o.text("egress-selector-mode", "agent"); mode != "agent" && mode != "cluster" && mode != "pod" && mode != "disabled" {
		return fmt.Errorf("invalid egress-selector-mode %s", mode)
	}
	if backend := o.text("flannel-backend", "vxlan"); backend != "vxlan" && backend != "host-gw" && backend != "none" {
		return fmt.Errorf("flannel-backend %s: the double lays a plain bridge for vxlan and host-gw, and nothing for none", backend)
	}
	if name := o.text("flannel-iface", ""); name != "" {
		if _, err := net.InterfaceByName(name); err != nil {
			return fmt.Errorf("unable to find interface %s: %w", name, err)
		}
	}
	if _, err := os.Stat("/etc/rancher/k3s/registries.yaml"); err == nil {
		return errors.New("/etc/rancher/k3s/registries.yaml: the real K3s reads this file, its double for tests does not")
	}
	return nil
}

func (o *options) server(parts ...string) string {
	return filepath.Join(append([]string{o.dataDir, "server"}, parts...)...)
}

func (o *options) agent(parts ...string) string {
	return filepath.Join(append([]string{o.dataDir, "agent"}, parts...)...)
}

func (o *options) tls(name string) string { return o.server("tls", name) }

func dataDir(flags settings) string { return flags.text("data-dir", "/var/lib/rancher/k3s") }

func orDefault(values []string, otherwise string) []string {
	if len(values) == 0 {
		return []string{otherwise}
	}
	return values
}
