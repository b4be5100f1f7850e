package edge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const written = `
apiVersion: edgecore.config.kubeedge.io/v1alpha2
kind: EdgeCore
modules:
  edgeHub:
    enable: true
    httpServer: https://10.77.0.1:10002
    token: "a.b.c.d"
    websocket: {enable: true, server: 10.77.0.1:10000}
    quic: {enable: false, server: 10.77.0.1:10001}
  edged:
    hostnameOverride: edge-1
    nodeIP: 10.77.0.2
    podSandboxImage: kubeedge/pause:3.6
    rootDirectory: /var/lib/kubelet
    tailoredKubeletConfig:
      cgroupDriver: systemd
      containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
      imageServiceEndpoint: unix:///run/containerd/containerd.sock
      clusterDNS: [169.254.96.16]
      clusterDomain: cluster.local
      resolvConf: /etc/resolv.conf
      registerWithTaints: []
  metaManager: {enable: true, metaServer: {enable: true, server: 127.0.0.1:10550}}
  edgeStream: {enable: true, server: 10.77.0.1:10004}
  eventBus: {enable: false}
  serviceBus: {enable: false}
`

func TestASmallFileIsLaidOverTheDefaultsAndWrittenBackWholeWithTheToken(t *testing.T) {
	file := writeConfig(t, written)
	config := mustRead(t, file)
	if config.Modules.EdgeHub.Heartbeat != 15 || config.Modules.Edged.TailoredKubeletConfig.CgroupDriver != "systemd" {
		t.Errorf("not laid over the defaults: %+v", config.Modules)
	}
	config.EdgeCoreVersion = Version
	if err := config.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	again := mustRead(t, file)
	if again.EdgeCoreVersion != Version || again.Modules.EdgeHub.Token != "a.b.c.d" || again.Modules.EdgeHub.ProjectID == "" {
		t.Errorf("not whole: %+v", again)
	}
	if status, _ := os.Stat(file); status.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode became %o", status.Mode().Perm())
	}
}

func TestWhatUpstreamDoesNotKnowIsRefused(t *testing.T) {
	for words, change := range map[string][2]string{
		`unknown field "htpServer"`:                            {"httpServer:", "htpServer:"},
		`unknown field "networkPluginName"`:                    {"    nodeIP:", "    networkPluginName: cni\n    nodeIP:"},
		"websocket.enable and quic.enable cannot be true":      {"quic: {enable: false", "quic: {enable: true"},
		"a lowercase RFC 1123 subdomain must consist of lower": {"hostnameOverride: edge-1", "hostnameOverride: Edge_1"},
		"CGroupDriver value error":                             {"cgroupDriver: systemd", "cgroupDriver: none"},
		"cannot unmarshal string into Go struct field":         {"eventBus: {enable: false}", `eventBus: {enable: "no"}`},
		`unknown field "x"`:                                    {"clusterDomain: cluster.local", "x: 1"},
	} {
		_, err := ReadConfig(writeConfig(t, strings.Replace(written, change[0], change[1], 1)))
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v does not say %q", err, words)
		}
	}
	if _, err := ReadConfig(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "not exist") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestTheMinimalConfigurationHasTheHubSwitchedOffAndTheDefaultOneOn(t *testing.T) {
	if config := mustRead(t, writeConfig(t, Print(true))); config.Modules.EdgeHub.Enable {
		t.Error("--minconfig enables the hub")
	}
	if config := mustRead(t, writeConfig(t, Print(false))); !config.Modules.EdgeHub.Enable {
		t.Error("--defaultconfig leaves the hub out")
	}
}

func writeConfig(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	content = strings.ReplaceAll(content, "/var/lib/kubeedge", folder)
	if !strings.Contains(content, "database:") {
		content += "database: {dataSource: " + folder + "/edgecore.db}\n"
	}
	file := filepath.Join(folder, "edgecore.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustRead(t *testing.T, file string) *Config {
	t.Helper()
	config, err := ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return config
}
