package mesh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const agent = `
modules:
  edgeProxy:
    enable: true
  edgeTunnel:
    enable: true
    relayNodes:
    - nodeName: cloud
      advertiseAddress:
      - 10.77.0.1
`

func TestTheDNSIsOnAtTheEdgeAndOffInTheCloud(t *testing.T) {
	file := agentFile(t, agent)
	for _, onCloud := range []bool{false, true} {
		if onCloud {
			t.Setenv("KUBERNETES_PORT", "tcp://10.43.0.1:443")
		}
		config, err := ReadAgentConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		if config.Modules.EdgeDNS.Enable == onCloud || config.Modules.EdgeTunnel.ListenPort != 20006 {
			t.Errorf("on the cloud %v: %+v", onCloud, config.Modules)
		}
	}
}

func TestAMisspeltKeyIsRefused(t *testing.T) {
	_, err := ReadAgentConfig(agentFile(t, strings.Replace(agent, "relayNodes", "relayNode", 1)))
	if err == nil || !strings.Contains(err.Error(), `unknown field "relayNode"`) {
		t.Error(err)
	}
}

func TestWithoutAPSKThereIsNoTunnel(t *testing.T) {
	config, err := ReadAgentConfig(agentFile(t, agent))
	if err != nil {
		t.Fatal(err)
	}
	config.Modules.EdgeTunnel.PSK.Path = agentFile(t, "\n")
	if _, err := config.Modules.EdgeTunnel.ReadPSK(); err == nil {
		t.Error("an empty file is no PSK")
	}
	config.Modules.EdgeTunnel.PSK.Path += "-missing"
	if _, err := config.Modules.EdgeTunnel.ReadPSK(); err == nil {
		t.Error("a missing file is no PSK")
	}
}

func agentFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "edgemesh-agent.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
