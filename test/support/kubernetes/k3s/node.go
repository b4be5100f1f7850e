package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// checkCgroups ends the start where K3s does (upstream 1.3): version 1 needs memory; version 2 needs cpu, cpuset and memory.
func checkCgroups() error {
	if os.Getuid() != 0 {
		return errors.New("must run as root unless --rootless is specified")
	}
	var file unix.Statfs_t
	if err := unix.Statfs("/sys/fs/cgroup", &file); err != nil {
		return err
	}
	place, needed, generation := "/proc/self/cgroup", []string{"memory"}, ""
	if file.Type == unix.CGROUP2_SUPER_MAGIC {
		place, needed, generation = "/sys/fs/cgroup/cgroup.controllers", []string{"cpu", "cpuset", "memory"}, " (v2)"
	}
	content, err := os.ReadFile(place)
	if err != nil {
		return err
	}
	there := strings.FieldsFunc(string(content), func(r rune) bool { return strings.ContainsRune(" \n:,", r) })
	for _, name := range needed {
		if !contains(there, name) {
			return fmt.Errorf("failed to find %s cgroup%s", name, generation)
		}
	}
	return nil
}

func contains(words []string, word string) bool {
	for _, one := range words {
		if one == word {
			return true
		}
	}
	return false
}

func hasGlobalNameserver(file string) bool {
	content, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for _, line := range strings.Split(string(content), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "nameserver" {
			if ip := net.ParseIP(words[1]); ip != nil && ip.IsGlobalUnicast() {
				return true
			}
		}
	}
	return false
}

// writeKubeconfig writes the administrator's kubeconfig, 0600 unless write-kubeconfig-mode says otherwise (upstream 1.3).
func writeKubeconfig(o *options) error {
	mode := uint64(0o600)
	if asked := o.text("write-kubeconfig-mode", ""); asked != "" {
		var err error
		if mode, err = strconv.ParseUint(asked, 8, 32); err != nil {
			return fmt.Errorf("write-kubeconfig-mode %s: %w", asked, err)
		}
	}
	encoded := map[string]string{}
	for _, name := range []string{"server-ca.crt", "client-admin.crt", "client-admin.key"} {
		content, err := os.ReadFile(o.tls(name))
		if err != nil {
			return err
		}
		encoded[name] = base64.StdEncoding.EncodeToString(content)
	}
	content := fmt.Sprintf(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: %s
    server: https://127.0.0.1:%s
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
`, encoded["server-ca.crt"], o.port, encoded["client-admin.crt"], encoded["client-admin.key"])
	_, err := write(o.kubeconfig, []byte(content), os.FileMode(mode))
	return err
}

// writeNodePassword writes the secret by which K3s recognises a node that comes again.
func writeNodePassword() error {
	const file = "/etc/rancher/node/password"
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/uuid")
	if err != nil {
		return err
	}
	_, err = write(file, []byte(strings.ReplaceAll(string(id), "-", "")), 0o600)
	return err
}

// api is the local API server, seen as the administrator.
type api struct {
	base   string
	client *http.Client
}

func newAPI(o *options) (*api, error) {
	certificate, err := tls.LoadX509KeyPair(o.tls("client-admin.crt"), o.tls("client-admin.key"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(o.tls("server-ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots}}
	return &api{"https://127.0.0.1:" + o.port, &http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

func (a *api) call(method, path string, body any, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, a.base+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/merge-patch+json")
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// adoptNode waits for the kubelet's node, writes on it what the server of K3s writes (upstream 1.3), and lays the pod
// network for the range that the node was given.
func adoptNode(o *options, server *api, stopped <-chan struct{}) {
	var node struct {
		Spec struct {
			PodCIDR string `json:"podCIDR"`
		} `json:"spec"`
	}
	path := "/api/v1/nodes/" + o.nodeName
	for server.call("GET", path, nil, &node) != nil || node.Spec.PodCIDR == "" {
		select {
		case <-stopped:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
	// More is not copied from K3s: no node-role master, no annotations of flannel and etcd.
	labels := map[string]string{"node-role.kubernetes.io/control-plane": "true", "node.kubernetes.io/instance-type": "k3s"}
	if err := server.call("PATCH", path, map[string]any{"metadata": map[string]any{"labels": labels}}, nil); err != nil {
		logrus.Errorf("Failed to label node %s: %v", o.nodeName, err)
	}
	if o.text("flannel-backend", "vxlan") == "none" {
		return
	}
	if err := writeNetwork(o, node.Spec.PodCIDR); err != nil {
		logrus.Errorf("Failed to write the pod network: %v", err)
	}
}

// writeNetwork lays a bridge where K3s has flannel: the same bridge cni0 and the same ranges, but no flannel.1 and no way
// to the pods of a second node that runs flannel.
func writeNetwork(o *options, podCIDR string) error {
	content, err := json.MarshalIndent(map[string]any{
		"name": "cbr0", "cniVersion": "1.0.0",
		"plugins": []any{
			map[string]any{
				"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true, "ipMasq": true,
				"forceAddress": true,
				"ipam": map[string]any{
					"type": "host-local", "ranges": [][]map[string]string{{{"subnet": podCIDR}}},
					"dataDir": "/var/lib/cni/networks",
				},
			},
			map[string]any{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}},
		},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = write(o.agent("etc", "cni", "net.d", "10-flannel.conflist"), content, 0o600)
	return err
}
