package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// startControlPlane starts the datastore, the API server and the two controllers. The real program listens itself on
// 6443 and has the API server behind it; here the API server has the port, so the supervisor's own paths (/v1-k3s, /cacerts,
// /ping) are not there.
func startControlPlane(o *options, p *processes) error {
	datastore, err := startDatastore(o, p)
	if err != nil {
		return err
	}
	issuer := "https://kubernetes.default.svc." + o.clusterDomain
	arguments := map[string]string{
		"advertise-address": o.advertise, "allow-privileged": "true",
		"anonymous-auth": "false", "api-audiences": issuer + ",k3s", "authorization-mode": "Node,RBAC",
		"bind-address": o.text("bind-address", "0.0.0.0"), "client-ca-file": o.tls("client-ca.crt"),
		"enable-admission-plugins": "NodeRestriction", "enable-bootstrap-token-auth": "true", "etcd-servers": datastore,
		// Upstream 1.6.2: always set, so a kubelet with a certificate of its own fails until an argument empties it.
		"kubelet-certificate-authority":      o.tls("server-ca.crt"),
		"kubelet-client-certificate":         o.tls("client-kube-apiserver.crt"),
		"kubelet-client-key":                 o.tls("client-kube-apiserver.key"),
		"kubelet-preferred-address-types":    "InternalIP,ExternalIP,Hostname",
		"proxy-client-cert-file":             o.tls("client-auth-proxy.crt"),
		"proxy-client-key-file":              o.tls("client-auth-proxy.key"),
		"requestheader-allowed-names":        "system:auth-proxy",
		"requestheader-client-ca-file":       o.tls("request-header-ca.crt"),
		"requestheader-extra-headers-prefix": "X-Remote-Extra-", "requestheader-group-headers": "X-Remote-Group",
		"requestheader-username-headers": "X-Remote-User", "secure-port": o.port,
		"service-account-issuer": issuer, "service-account-key-file": o.tls("service.key"),
		"service-account-signing-key-file": o.tls("service.key"), "service-cluster-ip-range": o.serviceCIDR,
		"service-node-port-range": o.text("service-node-port-range", "30000-32767"),
		"tls-cert-file":           o.tls("serving-kube-apiserver.crt"),
		"tls-private-key-file":    o.tls("serving-kube-apiserver.key"), "profiling": "false",
	}
	if o.text("egress-selector-mode", "agent") != "disabled" {
		file, err := startEgress(o)
		if err != nil {
			return err
		}
		arguments["egress-selector-config-file"] = file
	}
	if err := p.start("kube-apiserver", mergeArguments(arguments, o.settings["kube-apiserver-arg"]), os.Stderr); err != nil {
		return err
	}
	controller, err := clientConfig(o, o.server("cred", "controller.kubeconfig"), o.tls("client-controller"))
	if err != nil {
		return err
	}
	if err := p.start("kube-controller-manager", mergeArguments(map[string]string{
		"allocate-node-cidrs": "true", "bind-address": "127.0.0.1", "cluster-cidr": o.clusterCIDR,
		"cluster-signing-kube-apiserver-client-cert-file": o.tls("client-ca.crt"),
		"cluster-signing-kube-apiserver-client-key-file":  o.tls("client-ca.key"),
		"cluster-signing-kubelet-client-cert-file":        o.tls("client-ca.crt"),
		"cluster-signing-kubelet-client-key-file":         o.tls("client-ca.key"),
		"cluster-signing-kubelet-serving-cert-file":       o.tls("server-ca.crt"),
		"cluster-signing-kubelet-serving-key-file":        o.tls("server-ca.key"),
		"cluster-signing-legacy-unknown-cert-file":        o.tls("client-ca.crt"),
		"cluster-signing-legacy-unknown-key-file":         o.tls("client-ca.key"),
		"kubeconfig": controller, "leader-elect": "false", "profiling": "false", "root-ca-file": o.tls("server-ca.crt"),
		"service-account-private-key-file": o.tls("service.key"), "service-cluster-ip-range": o.serviceCIDR,
		"use-service-account-credentials": "true",
	}, o.settings["kube-controller-manager-arg"]), os.Stderr); err != nil {
		return err
	}
	scheduler, err := clientConfig(o, o.server("cred", "scheduler.kubeconfig"), o.tls("client-scheduler"))
	if err != nil {
		return err
	}
	return p.start("kube-scheduler", mergeArguments(map[string]string{
		"bind-address": "127.0.0.1", "kubeconfig": scheduler, "leader-elect": "false", "profiling": "false",
	}, o.settings["kube-scheduler-arg"]), os.Stderr)
}

// startDatastore starts kine, which keeps the cluster in server/db/state.db: SQLite with a write-ahead log. The real program
// has it inside its own process, with the same socket and the same parameters (kine pkg/drivers/sqlite/sqlite.go).
func startDatastore(o *options, p *processes) (string, error) {
	if err := os.MkdirAll(o.server("db"), 0o700); err != nil {
		return "", err
	}
	address := "unix://" + o.server("kine.sock")
	return address, p.start("kine", mergeArguments(map[string]string{
		"endpoint":       "sqlite://" + o.server("db", "state.db") + "?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate",
		"listen-address": address, "metrics-bind-address": "0",
	}, nil), os.Stderr)
}

// startAgent starts the kubelet and kube-proxy of the server's own node. There is no cloud controller: what the one of
// K3s writes on the node (its addresses, its provider ID) the kubelet writes itself.
func startAgent(o *options, p *processes) error {
	config, err := kubeletConfig(o)
	if err != nil {
		return err
	}
	kubelet, err := clientConfig(o, o.agent("kubelet.kubeconfig"), o.agent("client-kubelet"))
	if err != nil {
		return err
	}
	arguments := map[string]string{
		"config": config, "hostname-override": o.nodeName, "kubeconfig": kubelet, "node-ip": o.nodeIP,
		"node-labels": strings.Join(o.list("node-label"), ","), "provider-id": "k3s://" + o.nodeName, "read-only-port": "0",
	}
	if taints := o.list("node-taint"); len(taints) > 0 {
		arguments["register-with-taints"] = strings.Join(taints, ",") // upstream 1.3: none by default
	}
	if err := p.start("kubelet", mergeArguments(arguments, o.settings["kubelet-arg"]), os.Stderr); err != nil {
		return err
	}
	if o.on("disable-kube-proxy") {
		return nil
	}
	proxy, err := clientConfig(o, o.agent("kubeproxy.kubeconfig"), o.agent("client-kube-proxy"))
	if err != nil {
		return err
	}
	return p.start("kube-proxy", mergeArguments(map[string]string{
		"cluster-cidr": o.clusterCIDR, "conntrack-max-per-core": "0", "conntrack-tcp-timeout-close-wait": "0s",
		"conntrack-tcp-timeout-established": "0s", "healthz-bind-address": "127.0.0.1", "hostname-override": o.nodeName,
		"kubeconfig": proxy, "proxy-mode": "iptables",
	}, o.settings["kube-proxy-arg"]), os.Stderr)
}

func kubeletConfig(o *options) (string, error) {
	config := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true},
			"x509": map[string]any{"clientCAFile": o.agent("client-ca.crt")},
		},
		"authorization": map[string]any{"mode": "Webhook"}, "cgroupDriver": cgroupDriver(),
		"clusterDNS": strings.Split(o.clusterDNS, ","), "clusterDomain": o.clusterDomain,
		"containerRuntimeEndpoint": "unix://" + containerdSocket,
		"evictionHard":             map[string]any{"imagefs.available": "5%", "nodefs.available": "5%"},
		"failCgroupV1":             false, "failSwapOn": false, "protectKernelDefaults": o.on("protect-kernel-defaults"),
		"localStorageCapacityIsolation": false, // a node that is a container has no device to measure
		"resolvConf":                    resolvConf(o), "serializeImagePulls": false,
		"tlsCertFile": o.agent("serving-kubelet.crt"), "tlsPrivateKeyFile": o.agent("serving-kubelet.key"),
	}
	content, err := yaml.Marshal(config)
	if err != nil {
		return "", err
	}
	return write(o.agent("etc", "kubelet.yaml"), content, 0o600)
}

// cgroupDriver is systemd's when systemd started this program, as K3s decides it.
func cgroupDriver() string {
	if os.Getenv("INVOCATION_ID") != "" {
		return "systemd"
	}
	return "cgroupfs"
}

// clientConfig writes a kubeconfig of the local API server for a certificate.
func clientConfig(o *options, file, certificate string) (string, error) {
	content := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "https://127.0.0.1:%s", certificate-authority: %s}}]
users: [{name: user, user: {client-certificate: %s.crt, client-key: %s.key}}]
contexts: [{name: Default, context: {cluster: local, user: user}}]
current-context: Default
`, o.port, o.tls("server-ca.crt"), certificate, certificate)
	return write(file, []byte(content), 0o600)
}

// write puts a file in place with its folder.
func write(file string, content []byte, mode os.FileMode) (string, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, content, mode); err != nil {
		return "", err
	}
	return file, os.Chmod(file, mode)
}

// resolvConf is the host's, unless no nameserver in it has a global address: then K3s makes one of its own up (upstream 1.3).
func resolvConf(o *options) string {
	if file := o.text("resolv-conf", ""); file != "" {
		return file
	}
	files := []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}
	if i := slices.IndexFunc(files, hasGlobalNameserver); i >= 0 {
		return files[i]
	}
	file, err := write(o.agent("etc", "resolv.conf"), []byte("nameserver 8.8.8.8\n"), 0o644)
	if err != nil {
		return files[0]
	}
	return file
}
