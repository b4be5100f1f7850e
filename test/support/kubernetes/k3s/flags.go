package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

type flagKind int

const (
	text flagKind = iota
	boolean
	list
	// absent is a flag of the real server that the double refuses.
	absent
)

type flag struct {
	kind  flagKind
	short string
	env   string
}

// serverFlags are the flags of `k3s server`; each is a key of config.yaml, too (upstream 8).
var serverFlags = map[string]flag{
	"config": {text, "c", "K3S_CONFIG_FILE"}, "debug": {boolean, "", "K3S_DEBUG"},
	"data-dir": {text, "d", "K3S_DATA_DIR"}, "token": {text, "t", "K3S_TOKEN"},
	"token-file": {text, "", "K3S_TOKEN_FILE"}, "write-kubeconfig": {text, "o", "K3S_KUBECONFIG_OUTPUT"},
	"write-kubeconfig-mode": {text, "", "K3S_KUBECONFIG_MODE"}, "node-name": {text, "", "K3S_NODE_NAME"},
	"node-ip": {list, "i", ""}, "resolv-conf": {text, "", "K3S_RESOLV_CONF"},
	"bind-address": {kind: text}, "https-listen-port": {kind: text}, "advertise-address": {kind: text},
	"tls-san": {kind: list}, "tls-san-security": {kind: boolean},
	"cluster-cidr": {kind: list}, "service-cidr": {kind: list}, "service-node-port-range": {kind: text},
	"cluster-dns": {kind: list}, "cluster-domain": {kind: text}, "flannel-backend": {kind: text},
	"flannel-iface": {kind: text}, "egress-selector-mode": {kind: text}, "disable": {kind: list},
	"disable-kube-proxy": {kind: boolean}, "disable-network-policy": {kind: boolean},
	"disable-cloud-controller": {kind: boolean}, "disable-helm-controller": {kind: boolean},
	"disable-default-registry-endpoint": {kind: boolean}, "prefer-bundled-bin": {kind: boolean},
	"node-label": {kind: list}, "node-taint": {kind: list}, "pause-image": {kind: text},
	"snapshotter": {kind: text}, "kubelet-arg": {kind: list}, "kube-proxy-arg": {kind: list},
	"kube-apiserver-arg": {kind: list}, "kube-controller-manager-arg": {kind: list},
	"kube-scheduler-arg": {kind: list}, "protect-kernel-defaults": {kind: boolean},
	"servicelb-namespace": {kind: text},

	"agent-token": {absent, "", "K3S_AGENT_TOKEN"}, "agent-token-file": {absent, "", "K3S_AGENT_TOKEN_FILE"},
	"advertise-port": {kind: absent}, "airgap-extra-registry": {kind: absent}, "alsologtostderr": {kind: absent}, "cluster-init": {absent, "", "K3S_CLUSTER_INIT"},
	"cluster-reset": {absent, "", "K3S_CLUSTER_RESET"}, "cluster-reset-restore-path": {kind: absent},
	"container-runtime-endpoint": {kind: absent}, "datastore-cafile": {kind: absent},
	"datastore-certfile": {kind: absent}, "datastore-endpoint": {absent, "", "K3S_DATASTORE_ENDPOINT"},
	"datastore-keyfile": {kind: absent}, "default-local-storage-path": {kind: absent},
	"default-runtime": {kind: absent}, "disable-agent": {kind: absent}, "disable-apiserver": {kind: absent},
	"disable-controller-manager": {kind: absent}, "disable-etcd": {kind: absent}, "disable-scheduler": {kind: absent},
	"docker": {kind: absent}, "embedded-registry": {kind: absent}, "enable-pprof": {kind: absent},
	"etcd-arg": {kind: absent}, "etcd-disable-snapshots": {kind: absent}, "etcd-expose-metrics": {kind: absent},
	"etcd-s3": {kind: absent}, "etcd-snapshot-compress": {kind: absent}, "etcd-snapshot-dir": {kind: absent},
	"etcd-snapshot-name": {kind: absent}, "etcd-snapshot-retention": {kind: absent},
	"etcd-snapshot-schedule-cron": {kind: absent}, "flannel-cni-conf": {kind: absent}, "flannel-conf": {kind: absent},
	"flannel-external-ip": {kind: absent}, "flannel-ipv6-masq": {kind: absent}, "helm-job-image": {kind: absent},
	"image-credential-provider-bin-dir": {kind: absent}, "image-credential-provider-config": {kind: absent},
	"image-service-endpoint": {kind: absent}, "kube-cloud-controller-manager-arg": {kind: absent},
	"lb-server-port": {kind: absent}, "log": {absent, "l", ""}, "node-external-ip": {kind: absent},
	"private-registry": {kind: absent}, "rootless": {kind: absent}, "secrets-encryption": {kind: absent},
	"selinux": {absent, "", "K3S_SELINUX"}, "server": {absent, "s", "K3S_URL"},
	"system-default-registry": {absent, "", "K3S_SYSTEM_DEFAULT_REGISTRY"}, "v": {kind: absent},
	"vmodule": {kind: absent}, "vpn-auth": {kind: absent}, "vpn-auth-file": {kind: absent},
	"with-node-id": {kind: absent}, "write-kubeconfig-group": {kind: absent},
}

// settings are the values of flags by their long names; a flag that is no list keeps its last value.
type settings map[string][]string

func (s settings) text(name, otherwise string) string {
	if values := s[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return otherwise
}

func (s settings) on(name string) bool { return s.text(name, "false") == "true" }

// list is every value of a list flag; K3s splits each one at commas where the flag names several things.
func (s settings) list(name string) []string {
	var all []string
	for _, value := range s[name] {
		for _, one := range strings.Split(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// usageError is an error in the words of the command line library of K3s.
type usageError string

func (e usageError) Error() string { return string(e) }

// parseFlags reads the command line behind `k3s server`: first what config.yaml says, then the arguments, so that these
// win or are added to a list, then the environment for what neither of them sets (upstream 1.3, 8).
func parseFlags(args []string, environment func(string) string) (settings, error) {
	fromFile, err := configArguments(configFile(args, environment))
	if err != nil {
		return nil, err
	}
	found := settings{}
	for _, group := range [][]string{fromFile, args} {
		if err := found.read(group); err != nil {
			return nil, err
		}
	}
	for name, known := range serverFlags {
		if value := environment(known.env); known.env != "" && value != "" && found[name] == nil {
			found[name] = []string{value}
		}
	}
	for name := range found {
		if serverFlags[name].kind == absent {
			return nil, fmt.Errorf("--%s: the real K3s has this flag, its double for tests does not", name)
		}
	}
	return found, nil
}

func (s settings) read(args []string) error {
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			return nil // as the library does: the flags end at the first word that is none
		}
		word, value, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		name, known := longName(word)
		if !known {
			return usageError("flag provided but not defined: -" + strings.TrimLeft(args[i], "-"))
		}
		switch kind := serverFlags[name].kind; {
		case kind == boolean && !joined:
			value = "true"
		case kind == boolean:
			truth, err := strconv.ParseBool(value)
			if err != nil {
				return usageError(fmt.Sprintf("invalid boolean value %q for -%s: parse error", value, word))
			}
			value = strconv.FormatBool(truth)
		case !joined && i+1 < len(args):
			i++
			value = args[i]
		case !joined && kind != absent:
			return usageError("flag needs an argument: -" + word)
		}
		s[name] = append(s[name], value)
	}
	return nil
}

func longName(word string) (string, bool) {
	if _, known := serverFlags[word]; known {
		return word, true
	}
	for name, one := range serverFlags {
		if one.short == word && word != "" {
			return name, true
		}
	}
	return "", false
}

func configFile(args []string, environment func(string) string) (file string, isSet bool) {
	if file := environment("K3S_CONFIG_FILE"); file != "" {
		return file, true
	}
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if name != "--config" && name != "-c" {
			continue
		}
		if joined {
			return value, true
		}
		if i+1 < len(args) {
			return args[i+1], true
		}
	}
	return "/etc/rancher/k3s/config.yaml", false
}

func environment(name string) string {
	if name == "" {
		return ""
	}
	return os.Getenv(name)
}
