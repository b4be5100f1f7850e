package edge

import (
	"net"
	"os"
	"strings"

	"edgelift.test/kubeedge/internal/hostnet"
	"sigs.k8s.io/yaml"
)

const (
	kubeletPort = 10350
	caFile      = "/etc/kubeedge/ca/rootCA.crt"
	certFile    = "/etc/kubeedge/certs/server.crt"
	keyFile     = "/etc/kubeedge/certs/server.key"
)

// DefaultConfig is what a file is laid over, and what --defaultconfig prints
// (KubeEdge v1.22.0 …/edgecore/v1alpha2/default.go).
func DefaultConfig() *Config {
	hostname, _ := os.Hostname()
	address := hostnet.Address()
	port := func(number string, enable bool) HubPort {
		return HubPort{Enable: enable, HandshakeTimeout: 30, ReadDeadline: 15, WriteDeadline: 15, Server: net.JoinHostPort(address, number)}
	}
	return &Config{
		APIVersion: "edgecore.config.kubeedge.io/v1alpha2",
		Kind:       "EdgeCore",
		Database:   Database{DriverName: "sqlite3", AliasName: "default", DataSource: "/var/lib/kubeedge/edgecore.db"},
		Modules: Modules{
			Edged: Edged{
				Enable: true, TailoredKubeletConfig: defaultKubelet(), RegisterNodeNamespace: "default",
				KubeletFlags: KubeletFlags{
					HostnameOverride: strings.ToLower(hostname), PodSandboxImage: "kubeedge/pause:3.6", RootDirectory: "/var/lib/kubelet",
					MinimumGCAge: "0s", MaxPerPodContainerCount: 1, MaxContainerCount: -1, RegisterSchedulable: true,
				},
			},
			EdgeHub: EdgeHub{
				Enable: true, Heartbeat: 15, MessageQPS: 30, MessageBurst: 60, ProjectID: "e632aba927ea4ac2b575ec1603d56f10",
				TLSCAFile: caFile, TLSCertFile: certFile, TLSPrivateKeyFile: keyFile, RotateCertificates: true,
				HTTPServer: "https://" + net.JoinHostPort(address, "10002"), Quic: port("10001", false), WebSocket: port("10000", true),
			},
			EventBus: EventBus{
				Enable: true, MqttMode: 2, MqttSessionQueueSize: 100,
				MqttServerExternal: "tcp://127.0.0.1:1883", MqttServerInternal: "tcp://127.0.0.1:1884",
				TLS: EventBusTLS{TLSMqttCAFile: "/etc/kubeedge/ca/rootCA.crt", TLSMqttCertFile: certFile, TLSMqttPrivateKeyFile: keyFile},
			},
			MetaManager: MetaManager{
				Enable: true, ContextSendGroup: "hub", ContextSendModule: "websocket", RemoteQueryTimeout: 60,
				MetaServer: MetaServer{
					Server: "127.0.0.1:10550", TLSCaFile: caFile, TLSCertFile: certFile, TLSPrivateKeyFile: keyFile,
					ServiceAccountIssuers: []string{"https://kubernetes.default.svc.cluster.local"}, DummyServer: "169.254.30.10:10550",
				},
			},
			ServiceBus: ServiceBus{Server: "127.0.0.1", Port: 9060, Timeout: 60},
			DeviceTwin: DeviceTwin{Enable: true, DMISockPath: "/etc/kubeedge/dmi.sock"},
			EdgeStream: EdgeStream{
				TLSTunnelCAFile: caFile, TLSTunnelCertFile: certFile, TLSTunnelPrivateKeyFile: keyFile,
				HandshakeTimeout: 30, ReadDeadline: 15, WriteDeadline: 15, TunnelServer: "127.0.0.1:10004",
			},
		},
	}
}

// Print gives --defaultconfig, or --minconfig: upstream's struct of the latter leaves edgeHub.enable at false and prints
// it, so that a node with that file never joins (KubeEdge v1.22.0 …/edgecore/v1alpha2/default.go NewMinEdgeCoreConfig).
func Print(minimal bool) string {
	config := DefaultConfig()
	if !minimal {
		content, _ := yaml.Marshal(config)
		return "# With --defaultconfig, all of the settings are shown.\n\n" + string(content)
	}
	hub, edged := config.Modules.EdgeHub, config.Modules.Edged
	content, _ := yaml.Marshal(map[string]any{
		"apiVersion": config.APIVersion, "kind": config.Kind,
		"database": map[string]any{"dataSource": config.Database.DataSource},
		"modules": map[string]any{
			"edgeHub": map[string]any{
				"enable": false, "heartbeat": hub.Heartbeat, "httpServer": hub.HTTPServer, "token": "", "websocket": hub.WebSocket,
				"tlsCaFile": hub.TLSCAFile, "tlsCertFile": hub.TLSCertFile, "tlsPrivateKeyFile": hub.TLSPrivateKeyFile,
			},
			"edged": map[string]any{
				"enable": true, "hostnameOverride": edged.HostnameOverride, "podSandboxImage": edged.PodSandboxImage,
				"rootDirectory": edged.RootDirectory, "tailoredKubeletConfig": edged.TailoredKubeletConfig,
			},
		},
	})
	return "# With --minconfig, only the settings that most need to be set are shown.\n\n" + string(content)
}
