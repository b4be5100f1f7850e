// Package cloud is what the cloudcore double does.
package cloud

import (
	"errors"
	"fmt"
	"net"

	"edgelift.test/kubeedge/internal/strictyaml"
)

// Where the chart mounts the ConfigMap `cloudcore` (KubeEdge v1.22.0
// manifests/charts/cloudcore/templates/deployment_cloudcore.yaml).
const ConfigFile = "/etc/kubeedge/config/cloudcore.yaml"

// Config holds the fields of KubeEdge v1.22.0
// staging/src/github.com/kubeedge/api/apis/componentconfig/cloudcore/v1alpha1/types.go. Parts that no installer sets
// (buffers, workers, authorization) are kept as they come.
type Config struct {
	APIVersion    string          `json:"apiVersion"`
	Kind          string          `json:"kind"`
	CommonConfig  CommonConfig    `json:"commonConfig"`
	KubeAPIConfig KubeAPIConfig   `json:"kubeAPIConfig"`
	Modules       Modules         `json:"modules"`
	FeatureGates  map[string]bool `json:"featureGates,omitempty"`
}

type CommonConfig struct {
	TunnelPort    int           `json:"tunnelPort,omitempty"`
	MonitorServer MonitorServer `json:"monitorServer"`
}

type MonitorServer struct {
	BindAddress     string `json:"bindAddress,omitempty"`
	EnableProfiling bool   `json:"enableProfiling,omitempty"`
}

type KubeAPIConfig struct {
	Master      string `json:"master"`
	ContentType string `json:"contentType,omitempty"`
	QPS         int32  `json:"qps,omitempty"`
	Burst       int32  `json:"burst,omitempty"`
	KubeConfig  string `json:"kubeConfig"`
}

type Modules struct {
	CloudHub          CloudHub        `json:"cloudHub"`
	EdgeController    EdgeController  `json:"edgeController"`
	DeviceController  Module          `json:"deviceController"`
	TaskManager       Module          `json:"taskManager"`
	SyncController    Switch          `json:"syncController"`
	DynamicController Switch          `json:"dynamicController"`
	CloudStream       CloudStream     `json:"cloudStream"`
	Router            Router          `json:"router"`
	IptablesManager   IptablesManager `json:"iptablesManager"`
}

type CloudHub struct {
	Enable                  bool           `json:"enable"`
	KeepaliveInterval       int32          `json:"keepaliveInterval,omitempty"`
	NodeLimit               int32          `json:"nodeLimit,omitempty"`
	TLSCAFile               string         `json:"tlsCAFile,omitempty"`
	TLSCAKeyFile            string         `json:"tlsCAKeyFile,omitempty"`
	TLSCertFile             string         `json:"tlsCertFile,omitempty"`
	TLSPrivateKeyFile       string         `json:"tlsPrivateKeyFile,omitempty"`
	WriteTimeout            int32          `json:"writeTimeout,omitempty"`
	Quic                    Listener       `json:"quic"`
	UnixSocket              UnixSocket     `json:"unixsocket"`
	WebSocket               Listener       `json:"websocket"`
	HTTPS                   Listener       `json:"https"`
	AdvertiseAddress        []string       `json:"advertiseAddress,omitempty"`
	DNSNames                []string       `json:"dnsNames,omitempty"`
	EdgeCertSigningDuration int64          `json:"edgeCertSigningDuration,omitempty"`
	TokenRefreshDuration    int64          `json:"tokenRefreshDuration,omitempty"`
	Authorization           map[string]any `json:"authorization,omitempty"`
}

type Listener struct {
	Enable             bool   `json:"enable"`
	Address            string `json:"address,omitempty"`
	Port               uint32 `json:"port,omitempty"`
	MaxIncomingStreams int32  `json:"maxIncomingStreams,omitempty"`
}

type UnixSocket struct {
	Enable  bool   `json:"enable"`
	Address string `json:"address,omitempty"`
}

type EdgeController struct {
	Enable              bool             `json:"enable"`
	NodeUpdateFrequency int32            `json:"nodeUpdateFrequency,omitempty"`
	Buffer              map[string]int32 `json:"buffer,omitempty"`
	Load                map[string]int32 `json:"load,omitempty"`
}

type Module struct {
	Enable bool             `json:"enable"`
	Buffer map[string]int32 `json:"buffer,omitempty"`
	Load   map[string]int32 `json:"load,omitempty"`
}

type Switch struct {
	Enable bool `json:"enable"`
}

type CloudStream struct {
	Enable                  bool   `json:"enable"`
	TLSTunnelCAFile         string `json:"tlsTunnelCAFile,omitempty"`
	TLSTunnelCertFile       string `json:"tlsTunnelCertFile,omitempty"`
	TLSTunnelPrivateKeyFile string `json:"tlsTunnelPrivateKeyFile,omitempty"`
	TunnelPort              uint32 `json:"tunnelPort,omitempty"`
	TLSStreamCAFile         string `json:"tlsStreamCAFile,omitempty"`
	TLSStreamCertFile       string `json:"tlsStreamCertFile,omitempty"`
	TLSStreamPrivateKeyFile string `json:"tlsStreamPrivateKeyFile,omitempty"`
	StreamPort              uint32 `json:"streamPort,omitempty"`
}

type Router struct {
	Enable      bool   `json:"enable"`
	Address     string `json:"address,omitempty"`
	Port        uint32 `json:"port,omitempty"`
	RestTimeout uint32 `json:"restTimeout,omitempty"`
}

type IptablesManager struct {
	Enable bool   `json:"enable"`
	Mode   string `json:"mode,omitempty"`
}

// DefaultConfig is what a file is laid over (KubeEdge v1.22.0 …/cloudcore/v1alpha1/default.go).
func DefaultConfig() *Config {
	const ca, certificate, key = "/etc/kubeedge/ca/rootCA.crt", "/etc/kubeedge/certs/server.crt", "/etc/kubeedge/certs/server.key"
	return &Config{
		APIVersion:    "cloudcore.config.kubeedge.io/v1alpha2",
		Kind:          "CloudCore",
		CommonConfig:  CommonConfig{TunnelPort: 10350, MonitorServer: MonitorServer{BindAddress: "127.0.0.1:9091"}},
		KubeAPIConfig: KubeAPIConfig{ContentType: "application/vnd.kubernetes.protobuf", QPS: 2500, Burst: 5000},
		Modules: Modules{
			CloudHub: CloudHub{
				Enable: true, KeepaliveInterval: 30, NodeLimit: 500, WriteTimeout: 30,
				TLSCAFile: ca, TLSCAKeyFile: "/etc/kubeedge/ca/rootCA.key", TLSCertFile: certificate, TLSPrivateKeyFile: key,
				Quic:                    Listener{Address: "0.0.0.0", Port: 10001, MaxIncomingStreams: 10000},
				UnixSocket:              UnixSocket{Enable: true, Address: "unix:///var/lib/kubeedge/kubeedge.sock"},
				WebSocket:               Listener{Enable: true, Address: "0.0.0.0", Port: 10000},
				HTTPS:                   Listener{Enable: true, Address: "0.0.0.0", Port: 10002},
				EdgeCertSigningDuration: 365, TokenRefreshDuration: 12,
			},
			EdgeController:   EdgeController{Enable: true, NodeUpdateFrequency: 10},
			DeviceController: Module{Enable: true},
			SyncController:   Switch{Enable: true},
			CloudStream: CloudStream{
				TLSTunnelCAFile: ca, TLSTunnelCertFile: certificate, TLSTunnelPrivateKeyFile: key, TunnelPort: 10004,
				TLSStreamCAFile: "/etc/kubeedge/ca/streamCA.crt", TLSStreamCertFile: "/etc/kubeedge/certs/stream.crt",
				TLSStreamPrivateKeyFile: "/etc/kubeedge/certs/stream.key", StreamPort: 10003,
			},
			Router:          Router{Address: "0.0.0.0", Port: 9443, RestTimeout: 60},
			IptablesManager: IptablesManager{Enable: true, Mode: "internal"},
		},
	}
}

// ReadConfig reads and validates the file.
func ReadConfig(file string) (*Config, error) {
	config := DefaultConfig()
	if err := strictyaml.Overlay(file, config); err != nil {
		return nil, err
	}
	if config.Modules.CloudHub.TokenRefreshDuration <= 0 {
		return nil, errors.New("TokenRefreshDuration: Invalid value: TokenRefreshDuration must be positive")
	}
	if _, _, err := net.SplitHostPort(config.CommonConfig.MonitorServer.BindAddress); err != nil {
		return nil, errors.New("monitorServer.bindAddress: Invalid value: must be IP:port")
	}
	return config, nil
}

// Adjust makes what depends on the node limit fit it, and tells whether anything was changed: then cloudcore writes its
// ConfigMap anew, whole. With the chart's limit of 1000 that is so at the first start (KubeEdge v1.22.0
// …/cloudcore/v1alpha1/default.go AdjustCloudCoreConfig, cloud/cmd/cloudcore/app/server.go).
func (config *Config) Adjust() bool {
	limit := config.Modules.CloudHub.NodeLimit
	if config.KubeAPIConfig.QPS == 5*limit && config.KubeAPIConfig.Burst == 10*limit {
		return false
	}
	config.KubeAPIConfig.QPS, config.KubeAPIConfig.Burst = 5*limit, 10*limit
	return true
}

// Addresses are the IPs that the server certificate is made for.
func (config *Config) Addresses() ([]net.IP, error) {
	var addresses []net.IP
	for _, text := range config.Modules.CloudHub.AdvertiseAddress {
		address := net.ParseIP(text)
		if address == nil {
			return nil, fmt.Errorf("modules.cloudHub.advertiseAddress: %q is not an IP address", text)
		}
		addresses = append(addresses, address)
	}
	if len(addresses) == 0 {
		return nil, errors.New("modules.cloudHub.advertiseAddress is empty")
	}
	return addresses, nil
}
