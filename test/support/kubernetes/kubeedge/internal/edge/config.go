// Package edge is what the edgecore double does.
package edge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"edgelift.test/kubeedge/internal/strictyaml"
	"sigs.k8s.io/yaml"
)

const (
	// ConfigFile is read unless --config names another (KubeEdge v1.22.0 edge/cmd/edgecore/app/options/options.go).
	ConfigFile = "/etc/kubeedge/config/edgecore.yaml"
	// bootstrapFile may hold the token in place of the configuration (…/common/constants BootstrapFile).
	bootstrapFile = "/etc/kubeedge/bootstrap-edgecore.conf"
	// Version is what the configuration and the node say.
	Version        = "v1.22.0"
	kubeletVersion = "v1.31.12-kubeedge-" + Version
)

// Config holds the fields of KubeEdge v1.22.0
// staging/src/github.com/kubeedge/api/apis/componentconfig/edgecore/v1alpha2/types.go.
type Config struct {
	APIVersion      string          `json:"apiVersion"`
	Kind            string          `json:"kind"`
	Database        Database        `json:"database"`
	Modules         Modules         `json:"modules"`
	FeatureGates    map[string]bool `json:"featureGates,omitempty"`
	EdgeCoreVersion string          `json:"edgecoreVersion"`
}

type Database struct {
	DriverName string `json:"driverName,omitempty"`
	AliasName  string `json:"aliasName,omitempty"`
	DataSource string `json:"dataSource,omitempty"`
}

type Modules struct {
	Edged       Edged       `json:"edged"`
	EdgeHub     EdgeHub     `json:"edgeHub"`
	EventBus    EventBus    `json:"eventBus"`
	MetaManager MetaManager `json:"metaManager"`
	ServiceBus  ServiceBus  `json:"serviceBus"`
	DeviceTwin  DeviceTwin  `json:"deviceTwin"`
	DBTest      Switch      `json:"dbTest"`
	EdgeStream  EdgeStream  `json:"edgeStream"`
	TaskManager Switch      `json:"taskManager"`
}

type Switch struct {
	Enable bool `json:"enable"`
}

type Edged struct {
	Enable                bool          `json:"enable"`
	ReportEvent           bool          `json:"reportEvent"`
	TailoredKubeletConfig KubeletConfig `json:"tailoredKubeletConfig"`
	KubeletFlags
	CustomInterfaceName   string `json:"customInterfaceName,omitempty"`
	RegisterNodeNamespace string `json:"registerNodeNamespace,omitempty"`
}

// KubeletFlags stand inline in `edged`.
type KubeletFlags struct {
	HostnameOverride                                   string            `json:"hostnameOverride,omitempty"`
	NodeIP                                             string            `json:"nodeIP,omitempty"`
	PodSandboxImage                                    string            `json:"podSandboxImage,omitempty"`
	RuntimeCgroups                                     string            `json:"runtimeCgroups,omitempty"`
	RootDirectory                                      string            `json:"rootDirectory,omitempty"`
	WindowsService                                     bool              `json:"windowsService,omitempty"`
	WindowsPriorityClass                               string            `json:"windowsPriorityClass,omitempty"`
	ExperimentalMounterPath                            string            `json:"experimentalMounterPath,omitempty"`
	ExperimentalNodeAllocatableIgnoreEvictionThreshold bool              `json:"experimentalNodeAllocatableIgnoreEvictionThreshold,omitempty"`
	NodeLabels                                         map[string]string `json:"nodeLabels,omitempty"`
	MinimumGCAge                                       string            `json:"minimumGCAge,omitempty"`
	MaxPerPodContainerCount                            int32             `json:"maxPerPodContainerCount,omitempty"`
	MaxContainerCount                                  int32             `json:"maxContainerCount,omitempty"`
	RegisterSchedulable                                bool              `json:"registerSchedulable,omitempty"`
	SeccompDefault                                     bool              `json:"seccompDefault,omitempty"`
}

type EdgeHub struct {
	Enable             bool    `json:"enable"`
	Heartbeat          int32   `json:"heartbeat,omitempty"`
	MessageQPS         int32   `json:"messageQPS,omitempty"`
	MessageBurst       int32   `json:"messageBurst,omitempty"`
	ProjectID          string  `json:"projectID,omitempty"`
	TLSCAFile          string  `json:"tlsCaFile,omitempty"`
	TLSCertFile        string  `json:"tlsCertFile,omitempty"`
	TLSPrivateKeyFile  string  `json:"tlsPrivateKeyFile,omitempty"`
	Quic               HubPort `json:"quic"`
	WebSocket          HubPort `json:"websocket"`
	Token              string  `json:"token"`
	HTTPServer         string  `json:"httpServer,omitempty"`
	RotateCertificates bool    `json:"rotateCertificates,omitempty"`
}

type HubPort struct {
	Enable           bool   `json:"enable"`
	HandshakeTimeout int32  `json:"handshakeTimeout,omitempty"`
	ReadDeadline     int32  `json:"readDeadline,omitempty"`
	Server           string `json:"server,omitempty"`
	WriteDeadline    int32  `json:"writeDeadline,omitempty"`
}

type EventBus struct {
	Enable               bool        `json:"enable"`
	MqttQOS              uint8       `json:"mqttQOS"`
	MqttRetain           bool        `json:"mqttRetain"`
	MqttSessionQueueSize int32       `json:"mqttSessionQueueSize,omitempty"`
	MqttServerInternal   string      `json:"mqttServerInternal,omitempty"`
	MqttServerExternal   string      `json:"mqttServerExternal,omitempty"`
	MqttSubClientID      string      `json:"mqttSubClientID"`
	MqttPubClientID      string      `json:"mqttPubClientID"`
	MqttUsername         string      `json:"mqttUsername"`
	MqttPassword         string      `json:"mqttPassword"`
	MqttMode             int         `json:"mqttMode"`
	TLS                  EventBusTLS `json:"eventBusTLS"`
}

type EventBusTLS struct {
	Enable                bool   `json:"enable"`
	TLSMqttCAFile         string `json:"tlsMqttCAFile,omitempty"`
	TLSMqttCertFile       string `json:"tlsMqttCertFile,omitempty"`
	TLSMqttPrivateKeyFile string `json:"tlsMqttPrivateKeyFile,omitempty"`
}

type MetaManager struct {
	Enable             bool       `json:"enable"`
	ContextSendGroup   string     `json:"contextSendGroup,omitempty"`
	ContextSendModule  string     `json:"contextSendModule,omitempty"`
	RemoteQueryTimeout int32      `json:"remoteQueryTimeout,omitempty"`
	MetaServer         MetaServer `json:"metaServer"`
}

type MetaServer struct {
	Enable                 bool     `json:"enable"`
	Server                 string   `json:"server"`
	TLSCaFile              string   `json:"tlsCaFile"`
	TLSCertFile            string   `json:"tlsCertFile"`
	TLSPrivateKeyFile      string   `json:"tlsPrivateKeyFile"`
	ServiceAccountIssuers  []string `json:"serviceAccountIssuers"`
	APIAudiences           []string `json:"apiAudiences"`
	ServiceAccountKeyFiles []string `json:"serviceAccountKeyFiles"`
	DummyServer            string   `json:"dummyServer"`
}

type ServiceBus struct {
	Enable            bool   `json:"enable"`
	Server            string `json:"server"`
	Port              int    `json:"port"`
	Timeout           int    `json:"timeout"`
	TLSCertFile       string `json:"tlsCertFile,omitempty"`
	TLSPrivateKeyFile string `json:"tlsPrivateKeyFile,omitempty"`
}

type DeviceTwin struct {
	Enable      bool   `json:"enable"`
	DMISockPath string `json:"dmiSockPath,omitempty"`
}

type EdgeStream struct {
	Enable                  bool   `json:"enable"`
	TLSTunnelCAFile         string `json:"tlsTunnelCAFile,omitempty"`
	TLSTunnelCertFile       string `json:"tlsTunnelCertFile,omitempty"`
	TLSTunnelPrivateKeyFile string `json:"tlsTunnelPrivateKeyFile,omitempty"`
	HandshakeTimeout        int32  `json:"handshakeTimeout,omitempty"`
	ReadDeadline            int32  `json:"readDeadline,omitempty"`
	TunnelServer            string `json:"server,omitempty"`
	WriteDeadline           int32  `json:"writeDeadline,omitempty"`
}

var nodeName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// ReadConfig lays the file over the defaults and validates the result
// (KubeEdge v1.22.0 …/edgecore/v1alpha2/validation/validation.go). The token of the bootstrap file goes first.
func ReadConfig(file string) (*Config, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("config: Required value: config file %s not exist. For the configuration file format, please refer to --minconfig and --defaultconfig command", file)
	}
	config := DefaultConfig()
	if err := strictyaml.Overlay(file, config); err != nil {
		return nil, err
	}
	if token, err := os.ReadFile(bootstrapFile); err == nil {
		config.Modules.EdgeHub.Token = strings.TrimSpace(string(token))
	}
	return config, config.validate()
}

func (config *Config) validate() error {
	modules := config.Modules
	if err := os.MkdirAll(filepath.Dir(config.Database.DataSource), 0o755); err != nil {
		return fmt.Errorf("DataSource: Invalid value: create DataSoure dir %s error", filepath.Dir(config.Database.DataSource))
	}
	if name := modules.Edged.HostnameOverride; modules.Edged.Enable && (!nodeName.MatchString(name) || len(name) > 253) {
		return fmt.Errorf("HostnameOverride: Invalid value: %q: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", name)
	}
	if driver := modules.Edged.TailoredKubeletConfig.CgroupDriver; modules.Edged.Enable && driver != "systemd" && driver != "cgroupfs" {
		return fmt.Errorf("CGroupDriver: Invalid value: %q: CGroupDriver value error", driver)
	}
	if modules.EdgeHub.Enable && modules.EdgeHub.WebSocket.Enable == modules.EdgeHub.Quic.Enable {
		return errors.New("enable: Invalid value: websocket.enable and quic.enable cannot be true and false at the same time")
	}
	if modules.EdgeHub.Enable && modules.EdgeHub.Quic.Enable {
		return errors.New("this double of edgecore speaks no QUIC: set edgeHub.websocket.enable")
	}
	if modules.EventBus.Enable && (modules.EventBus.MqttMode < 0 || modules.EventBus.MqttMode > 2) {
		return errors.New("Mode: Invalid value: Mode need in [0,2] range")
	}
	if config.FeatureGates["requireAuthorization"] {
		return errors.New("this double of edgecore has no requireAuthorization")
	}
	return nil
}

// WriteTo writes the whole configuration, with every default and with the token in it, into the file, which keeps the
// mode that it has. KubeEdge v1.22.0 does so at its first start, since edgecoreVersion is not the file's
// (edge/cmd/edgecore/app/server.go; a running node showed the token still there afterwards).
func (config *Config) WriteTo(file string) error {
	content, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
