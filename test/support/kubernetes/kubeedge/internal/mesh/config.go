// Package mesh is what the doubles of EdgeMesh do.
package mesh

import (
	"fmt"
	"os"
	"strings"

	"edgelift.test/kubeedge/internal/strictyaml"
)

// Where the charts mount the configuration (EdgeMesh v1.17.0 build/helm/edgemesh/charts/agent/templates/05-daemonset.yaml).
const (
	AgentConfigFile   = "/etc/edgemesh/config/edgemesh-agent.yaml"
	GatewayConfigFile = "/etc/edgemesh/config/edgemesh-gateway.yaml"
)

// AgentConfig holds the fields of EdgeMesh v1.17.0 pkg/apis/config/v1alpha1/types.go.
type AgentConfig struct {
	APIVersion    string        `json:"apiVersion,omitempty"`
	Kind          string        `json:"kind,omitempty"`
	KubeAPIConfig KubeAPIConfig `json:"kubeAPIConfig"`
	CommonConfig  CommonConfig  `json:"commonConfig"`
	Modules       AgentModules  `json:"modules"`
}

// GatewayConfig is the gateway's.
type GatewayConfig struct {
	APIVersion    string         `json:"apiVersion,omitempty"`
	Kind          string         `json:"kind,omitempty"`
	KubeAPIConfig KubeAPIConfig  `json:"kubeAPIConfig"`
	Modules       GatewayModules `json:"modules"`
	PprofConfig   map[string]any `json:"pprofConfig,omitempty"`
}

type AgentModules struct {
	EdgeDNS    EdgeDNS    `json:"edgeDNS"`
	EdgeProxy  EdgeProxy  `json:"edgeProxy"`
	EdgeTunnel EdgeTunnel `json:"edgeTunnel"`
	EdgeCNI    EdgeCNI    `json:"edgeCNI"`
}

type GatewayModules struct {
	EdgeGateway EdgeGateway `json:"edgeGateway"`
	EdgeTunnel  EdgeTunnel  `json:"edgeTunnel"`
}

type KubeAPIConfig struct {
	Master           string     `json:"master,omitempty"`
	ContentType      string     `json:"contentType,omitempty"`
	QPS              int32      `json:"qps,omitempty"`
	Burst            int32      `json:"burst,omitempty"`
	KubeConfig       string     `json:"kubeConfig,omitempty"`
	Mode             string     `json:"mode,omitempty"`
	MetaServer       MetaServer `json:"metaServer"`
	DeleteKubeConfig bool       `json:"deleteKubeConfig,omitempty"`
}

type MetaServer struct {
	Server   string `json:"server,omitempty"`
	Security struct {
		RequireAuthorization  bool   `json:"requireAuthorization,omitempty"`
		InsecureSkipTLSVerify bool   `json:"insecureSkipTLSVerify,omitempty"`
		TLSCaFile             string `json:"tlsCaFile,omitempty"`
		TLSCertFile           string `json:"tlsCertFile,omitempty"`
		TLSPrivateKeyFile     string `json:"tlsPrivateKeyFile,omitempty"`
	} `json:"security"`
}

type CommonConfig struct {
	BridgeDeviceName string         `json:"bridgeDeviceName,omitempty"`
	BridgeDeviceIP   string         `json:"bridgeDeviceIP,omitempty"`
	PprofConfig      map[string]any `json:"pprofConfig,omitempty"`
}

type EdgeDNS struct {
	Enable          bool           `json:"enable,omitempty"`
	KubeAPIConfig   *KubeAPIConfig `json:"kubeAPIConfig,omitempty"`
	ListenInterface string         `json:"listenInterface,omitempty"`
	ListenPort      int            `json:"listenPort,omitempty"`
	CacheDNS        struct {
		Enable          bool     `json:"enable,omitempty"`
		AutoDetect      bool     `json:"autoDetect,omitempty"`
		UpstreamServers []string `json:"upstreamServers,omitempty"`
		CacheTTL        int      `json:"cacheTTL,omitempty"`
	} `json:"cacheDNS"`
}

type EdgeProxy struct {
	Enable          bool   `json:"enable,omitempty"`
	ListenInterface string `json:"listenInterface,omitempty"`
	Socks5Proxy     struct {
		Enable     bool   `json:"enable,omitempty"`
		ListenPort int    `json:"listenPort,omitempty"`
		NodeName   string `json:"nodeName,omitempty"`
		Namespace  string `json:"namespace,omitempty"`
	} `json:"socks5Proxy"`
	LoadBalancer      map[string]any `json:"loadBalancer,omitempty"`
	ServiceFilterMode string         `json:"serviceFilterMode,omitempty"`
}

type EdgeTunnel struct {
	Enable          bool        `json:"enable,omitempty"`
	Mode            string      `json:"mode,omitempty"`
	NodeName        string      `json:"nodeName,omitempty"`
	ListenPort      int         `json:"listenPort,omitempty"`
	Transport       string      `json:"transport,omitempty"`
	Rendezvous      string      `json:"rendezvous,omitempty"`
	RelayNodes      []RelayNode `json:"relayNodes,omitempty"`
	EnableIpfsLog   bool        `json:"enableIpfsLog,omitempty"`
	MaxCandidates   int         `json:"maxCandidates,omitempty"`
	HeartbeatPeriod int         `json:"heartbeatPeriod,omitempty"`
	FinderPeriod    int         `json:"finderPeriod,omitempty"`
	PSK             struct {
		Enable bool   `json:"enable,omitempty"`
		Path   string `json:"path,omitempty"`
	} `json:"psk"`
	TunnelLimitConfig       map[string]any `json:"tunnelLimitConfig,omitempty"`
	ConfigPath              string         `json:"configPath,omitempty"`
	ListenInterfaces        string         `json:"listenInterfaces,omitempty"`
	ExtraFilteredInterfaces string         `json:"extraFilteredInterfaces,omitempty"`
	MetricConfig            map[string]any `json:"metricConfig,omitempty"`
}

type RelayNode struct {
	NodeName         string   `json:"nodeName,omitempty"`
	AdvertiseAddress []string `json:"advertiseAddress,omitempty"`
}

type EdgeCNI struct {
	Enable         bool   `json:"enable,omitempty"`
	EncapIP        string `json:"encapsulationIP,omitempty"`
	TunMode        int    `json:"tunMode,omitempty"`
	MeshCIDRConfig struct {
		CloudCIDR []string `json:"cloudCIDR,omitempty"`
		EdgeCIDR  []string `json:"edgeCIDR,omitempty"`
	} `json:"meshCIDRConfig"`
}

type EdgeGateway struct {
	Enable       bool           `json:"enable,omitempty"`
	NIC          string         `json:"nic,omitempty"`
	IncludeIP    string         `json:"includeIP,omitempty"`
	ExcludeIP    string         `json:"excludeIP,omitempty"`
	LoadBalancer map[string]any `json:"loadBalancer,omitempty"`
}

// OnCloud tells where the program runs: a kubelet gives its pods KUBERNETES_PORT, edgecore does not
// (EdgeMesh v1.17.0 pkg/apis/config/v1alpha1/default.go DetectRunningMode).
func OnCloud() bool {
	_, found := os.LookupEnv("KUBERNETES_PORT")
	return found
}

// ReadAgentConfig lays the file over the defaults. The DNS is on at the edge and off in the cloud, whatever the file says
// of anything else.
func ReadAgentConfig(file string) (*AgentConfig, error) {
	config := &AgentConfig{CommonConfig: CommonConfig{BridgeDeviceName: "edgemesh0", BridgeDeviceIP: "169.254.96.16"}}
	config.KubeAPIConfig.MetaServer.Server = "http://127.0.0.1:10550"
	config.Modules.EdgeDNS.Enable, config.Modules.EdgeDNS.ListenPort = !OnCloud(), 53
	config.Modules.EdgeProxy.ServiceFilterMode = "FilterIfLabelExists"
	config.Modules.EdgeTunnel = defaultTunnel()
	if err := strictyaml.Overlay(file, config); err != nil {
		return nil, err
	}
	switch {
	case config.Modules.EdgeCNI.Enable:
		return nil, fmt.Errorf("modules.edgeCNI.enable: this double of edgemesh-agent has no CNI")
	case config.KubeAPIConfig.MetaServer.Security.RequireAuthorization:
		return nil, fmt.Errorf("kubeAPIConfig.metaServer.security.requireAuthorization: this double of edgemesh-agent has none")
	case config.Modules.EdgeProxy.Socks5Proxy.Enable:
		return nil, fmt.Errorf("modules.edgeProxy.socks5Proxy.enable: this double of edgemesh-agent has no SOCKS5 proxy")
	}
	return config, nil
}

// ReadGatewayConfig lays the file over the defaults.
func ReadGatewayConfig(file string) (*GatewayConfig, error) {
	config := &GatewayConfig{}
	config.Modules.EdgeGateway = EdgeGateway{NIC: "*", IncludeIP: "*", ExcludeIP: "*"}
	config.Modules.EdgeTunnel = defaultTunnel()
	return config, strictyaml.Overlay(file, config)
}

func defaultTunnel() EdgeTunnel {
	tunnel := EdgeTunnel{Mode: "ServerAndClient", ListenPort: 20006, Transport: "tcp", MaxCandidates: 15, HeartbeatPeriod: 120, FinderPeriod: 60, ListenInterfaces: "*"}
	tunnel.PSK.Enable, tunnel.PSK.Path = true, "/etc/edgemesh/psk"
	return tunnel
}

// ReadPSK reads the key that all agents share; there has to be one.
func (tunnel EdgeTunnel) ReadPSK() ([]byte, error) {
	if !tunnel.PSK.Enable {
		return nil, nil
	}
	content, err := os.ReadFile(tunnel.PSK.Path)
	if err != nil {
		return nil, fmt.Errorf("failed to read psk file: %w", err)
	}
	if strings.TrimSpace(string(content)) == "" {
		return nil, fmt.Errorf("psk file %s is empty", tunnel.PSK.Path)
	}
	return content, nil
}
