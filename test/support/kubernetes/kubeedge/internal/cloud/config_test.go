package cloud

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const rendered = `
apiVersion: cloudcore.config.kubeedge.io/v1alpha2
kind: CloudCore
featureGates:
  requireAuthorization: false
kubeAPIConfig:
  kubeConfig: ""
  master: ""
modules:
  cloudHub:
    advertiseAddress:
    - 10.77.0.1
    dnsNames:
    - 
    nodeLimit: 1000
    unixsocket: {address: "unix:///var/lib/kubeedge/kubeedge.sock", enable: true}
    websocket: {address: 0.0.0.0, enable: true, port: 10000}
    quic: {address: 0.0.0.0, enable: false, maxIncomingStreams: 10000, port: 10001}
    https: {address: 0.0.0.0, enable: true, port: 10002}
  cloudStream: {enable: true, streamPort: 10003, tunnelPort: 10004}
  dynamicController: {enable: true}
  iptablesManager: {enable: true, mode: external}
`

func TestTheChartsConfigMapIsExpandedOnce(t *testing.T) {
	config := read(t, rendered)
	if !config.Adjust() || config.Adjust() {
		t.Error("the chart's node limit makes cloudcore write its ConfigMap at the first start, and only then")
	}
	if addresses, err := config.Addresses(); err != nil || addresses[0].String() != "10.77.0.1" {
		t.Errorf("%v %v", addresses, err)
	}
}

func TestTheValuesThatTheChartComesWithGiveNoCertificate(t *testing.T) {
	if _, err := read(t, strings.Replace(rendered, "- 10.77.0.1", "- ", 1)).Addresses(); err == nil {
		t.Error("an empty advertiseAddress is no address")
	}
}

func TestAKeyThatIsNotUpstreamsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cloudcore.yaml")
	os.WriteFile(file, []byte(strings.Replace(rendered, "dynamicController", "dynamiccontroler", 1)), 0o600)
	if _, err := ReadConfig(file); err == nil || !strings.Contains(err.Error(), `unknown field "dynamiccontroler"`) {
		t.Error(err)
	}
}

func TestANodeTouchesOnlyWhatIsItsOwn(t *testing.T) {
	for request, want := range map[string]bool{
		"GET /api/v1/nodes/edge":                                                  true,
		"PATCH /api/v1/nodes/edge/status":                                         true,
		"GET /api/v1/nodes/other":                                                 false,
		"GET /api/v1/pods?fieldSelector=spec.nodeName%3Dedge":                     true,
		"GET /api/v1/pods":                                                        false,
		"POST /api/v1/namespaces/a/serviceaccounts/default/token":                 true,
		"DELETE /api/v1/namespaces/a/services/b":                                  false,
		"GET /apis/apps/v1/deployments":                                           false,
		"GET /api/v1/namespaces/kubeedge/secrets?limit=500":                       true,
		"PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/edge": true,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := allowed(httptest.NewRequest(method, path, nil), "edge"); got != want {
			t.Errorf("%s: %v", request, got)
		}
	}
}

func read(t *testing.T, content string) *Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cloudcore.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return config
}
