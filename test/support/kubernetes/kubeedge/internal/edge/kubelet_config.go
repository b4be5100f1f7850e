package edge

// KubeletConfig is edged.tailoredKubeletConfig (KubeEdge v1.22.0 …/edgecore/v1alpha2/types.go). Durations and quantities
// stay text.
type KubeletConfig struct {
	StaticPodPath                             string            `json:"staticPodPath,omitempty"`
	PodLogsDir                                string            `json:"podLogsDir,omitempty"`
	SyncFrequency                             string            `json:"syncFrequency,omitempty"`
	FileCheckFrequency                        string            `json:"fileCheckFrequency,omitempty"`
	Address                                   string            `json:"address,omitempty"`
	ReadOnlyPort                              int32             `json:"readOnlyPort,omitempty"`
	RegistryPullQPS                           *int32            `json:"registryPullQPS,omitempty"`
	RegistryBurst                             int32             `json:"registryBurst,omitempty"`
	EventRecordQPS                            *int32            `json:"eventRecordQPS,omitempty"`
	EventBurst                                int32             `json:"eventBurst,omitempty"`
	EnableDebuggingHandlers                   *bool             `json:"enableDebuggingHandlers,omitempty"`
	EnableContentionProfiling                 bool              `json:"enableContentionProfiling,omitempty"`
	OOMScoreAdj                               *int32            `json:"oomScoreAdj,omitempty"`
	ClusterDomain                             string            `json:"clusterDomain,omitempty"`
	ClusterDNS                                []string          `json:"clusterDNS,omitempty"`
	StreamingConnectionIdleTimeout            string            `json:"streamingConnectionIdleTimeout,omitempty"`
	NodeStatusUpdateFrequency                 string            `json:"nodeStatusUpdateFrequency,omitempty"`
	NodeStatusReportFrequency                 string            `json:"nodeStatusReportFrequency,omitempty"`
	NodeLeaseDurationSeconds                  int32             `json:"nodeLeaseDurationSeconds,omitempty"`
	ImageMinimumGCAge                         string            `json:"imageMinimumGCAge,omitempty"`
	ImageMaximumGCAge                         string            `json:"imageMaximumGCAge,omitempty"`
	ImageGCHighThresholdPercent               *int32            `json:"imageGCHighThresholdPercent,omitempty"`
	ImageGCLowThresholdPercent                *int32            `json:"imageGCLowThresholdPercent,omitempty"`
	VolumeStatsAggPeriod                      string            `json:"volumeStatsAggPeriod,omitempty"`
	KubeletCgroups                            string            `json:"kubeletCgroups,omitempty"`
	SystemCgroups                             string            `json:"systemCgroups,omitempty"`
	CgroupRoot                                string            `json:"cgroupRoot,omitempty"`
	CgroupsPerQOS                             *bool             `json:"cgroupsPerQOS,omitempty"`
	CgroupDriver                              string            `json:"cgroupDriver,omitempty"`
	SingleProcessOOMKill                      *bool             `json:"singleProcessOOMKill,omitempty"`
	CPUManagerPolicy                          string            `json:"cpuManagerPolicy,omitempty"`
	CPUManagerPolicyOptions                   map[string]string `json:"cpuManagerPolicyOptions,omitempty"`
	CPUManagerReconcilePeriod                 string            `json:"cpuManagerReconcilePeriod,omitempty"`
	MemoryManagerPolicy                       string            `json:"memoryManagerPolicy,omitempty"`
	TopologyManagerPolicy                     string            `json:"topologyManagerPolicy,omitempty"`
	TopologyManagerScope                      string            `json:"topologyManagerScope,omitempty"`
	TopologyManagerPolicyOptions              map[string]string `json:"topologyManagerPolicyOptions,omitempty"`
	QOSReserved                               map[string]string `json:"qosReserved,omitempty"`
	RuntimeRequestTimeout                     string            `json:"runtimeRequestTimeout,omitempty"`
	HairpinMode                               string            `json:"hairpinMode,omitempty"`
	MaxPods                                   int32             `json:"maxPods,omitempty"`
	PodCIDR                                   string            `json:"podCIDR,omitempty"`
	PodPidsLimit                              *int64            `json:"podPidsLimit,omitempty"`
	ResolverConfig                            *string           `json:"resolvConf,omitempty"`
	CPUCFSQuota                               *bool             `json:"cpuCFSQuota,omitempty"`
	CPUCFSQuotaPeriod                         string            `json:"cpuCFSQuotaPeriod,omitempty"`
	NodeStatusMaxImages                       *int32            `json:"nodeStatusMaxImages,omitempty"`
	MaxOpenFiles                              int64             `json:"maxOpenFiles,omitempty"`
	ContentType                               string            `json:"contentType,omitempty"`
	SerializeImagePulls                       *bool             `json:"serializeImagePulls,omitempty"`
	MaxParallelImagePulls                     *int32            `json:"maxParallelImagePulls,omitempty"`
	EvictionHard                              map[string]string `json:"evictionHard,omitempty"`
	EvictionSoft                              map[string]string `json:"evictionSoft,omitempty"`
	EvictionSoftGracePeriod                   map[string]string `json:"evictionSoftGracePeriod,omitempty"`
	EvictionPressureTransitionPeriod          string            `json:"evictionPressureTransitionPeriod,omitempty"`
	EvictionMaxPodGracePeriod                 int32             `json:"evictionMaxPodGracePeriod,omitempty"`
	EvictionMinimumReclaim                    map[string]string `json:"evictionMinimumReclaim,omitempty"`
	PodsPerCore                               int32             `json:"podsPerCore,omitempty"`
	EnableControllerAttachDetach              *bool             `json:"enableControllerAttachDetach,omitempty"`
	ProtectKernelDefaults                     bool              `json:"protectKernelDefaults,omitempty"`
	MakeIPTablesUtilChains                    *bool             `json:"makeIPTablesUtilChains,omitempty"`
	IPTablesMasqueradeBit                     *int32            `json:"iptablesMasqueradeBit,omitempty"`
	IPTablesDropBit                           *int32            `json:"iptablesDropBit,omitempty"`
	FeatureGates                              map[string]bool   `json:"featureGates,omitempty"`
	FailSwapOn                                *bool             `json:"failSwapOn,omitempty"`
	MemorySwap                                map[string]string `json:"memorySwap,omitempty"`
	ContainerLogMaxSize                       string            `json:"containerLogMaxSize,omitempty"`
	ContainerLogMaxFiles                      *int32            `json:"containerLogMaxFiles,omitempty"`
	ContainerLogMaxWorkers                    *int32            `json:"containerLogMaxWorkers,omitempty"`
	ContainerLogMonitorInterval               string            `json:"containerLogMonitorInterval,omitempty"`
	ConfigMapAndSecretChangeDetectionStrategy string            `json:"configMapAndSecretChangeDetectionStrategy,omitempty"`
	SystemReserved                            map[string]string `json:"systemReserved,omitempty"`
	KubeReserved                              map[string]string `json:"kubeReserved,omitempty"`
	ReservedSystemCPUs                        string            `json:"reservedSystemCPUs,omitempty"`
	ShowHiddenMetricsForVersion               string            `json:"showHiddenMetricsForVersion,omitempty"`
	SystemReservedCgroup                      string            `json:"systemReservedCgroup,omitempty"`
	KubeReservedCgroup                        string            `json:"kubeReservedCgroup,omitempty"`
	EnforceNodeAllocatable                    []string          `json:"enforceNodeAllocatable,omitempty"`
	AllowedUnsafeSysctls                      []string          `json:"allowedUnsafeSysctls,omitempty"`
	VolumePluginDir                           string            `json:"volumePluginDir,omitempty"`
	KernelMemcgNotification                   bool              `json:"kernelMemcgNotification,omitempty"`
	Logging                                   map[string]any    `json:"logging,omitempty"`
	EnableSystemLogHandler                    *bool             `json:"enableSystemLogHandler,omitempty"`
	EnableSystemLogQuery                      *bool             `json:"enableSystemLogQuery,omitempty"`
	ShutdownGracePeriod                       string            `json:"shutdownGracePeriod,omitempty"`
	ShutdownGracePeriodCriticalPods           string            `json:"shutdownGracePeriodCriticalPods,omitempty"`
	ShutdownGracePeriodByPodPriority          []map[string]any  `json:"shutdownGracePeriodByPodPriority,omitempty"`
	CrashLoopBackOff                          map[string]any    `json:"crashLoopBackOff,omitempty"`
	ReservedMemory                            []map[string]any  `json:"reservedMemory,omitempty"`
	EnableProfilingHandler                    *bool             `json:"enableProfilingHandler,omitempty"`
	EnableDebugFlagsHandler                   *bool             `json:"enableDebugFlagsHandler,omitempty"`
	SeccompDefault                            *bool             `json:"seccompDefault,omitempty"`
	MemoryThrottlingFactor                    *float64          `json:"memoryThrottlingFactor,omitempty"`
	RegisterWithTaints                        []Taint           `json:"registerWithTaints,omitempty"`
	RegisterNode                              *bool             `json:"registerNode,omitempty"`
	LocalStorageCapacityIsolation             *bool             `json:"localStorageCapacityIsolation,omitempty"`
	ContainerRuntimeEndpoint                  string            `json:"containerRuntimeEndpoint"`
	ImageServiceEndpoint                      string            `json:"imageServiceEndpoint,omitempty"`
	FailCgroupV1                              *bool             `json:"failCgroupV1,omitempty"`
}

// Taint is core/v1's.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// defaultKubelet is KubeEdge v1.22.0 …/edgecore/v1alpha2/default_kubelet_configuration.go.
func defaultKubelet() KubeletConfig {
	const socket = "unix:///run/containerd/containerd.sock"
	return KubeletConfig{
		StaticPodPath: "/etc/kubeedge/manifests", PodLogsDir: "/var/log/pods", SyncFrequency: "1m0s", FileCheckFrequency: "20s",
		Address: "127.0.0.1", ReadOnlyPort: kubeletPort, ClusterDomain: "cluster.local",
		RegistryPullQPS: to(int32(5)), RegistryBurst: 10, EventRecordQPS: to(int32(50)), EventBurst: 100,
		EnableDebuggingHandlers: to(true), OOMScoreAdj: to(int32(-999)), StreamingConnectionIdleTimeout: "4h0m0s",
		NodeStatusUpdateFrequency: "10s", NodeStatusReportFrequency: "5m0s", NodeLeaseDurationSeconds: 40,
		ImageMinimumGCAge: "2m0s", ImageMaximumGCAge: "0s", ImageGCHighThresholdPercent: to(int32(85)), ImageGCLowThresholdPercent: to(int32(80)),
		VolumeStatsAggPeriod: "1m0s", CgroupsPerQOS: to(true), CgroupDriver: "cgroupfs", CPUManagerPolicy: "none",
		CPUManagerReconcilePeriod: "10s", MemoryManagerPolicy: "None", TopologyManagerPolicy: "none", TopologyManagerScope: "container",
		RuntimeRequestTimeout: "2m0s", HairpinMode: "promiscuous-bridge", MaxPods: 110, PodPidsLimit: to(int64(-1)),
		ResolverConfig: to("/etc/resolv.conf"), CPUCFSQuota: to(true), CPUCFSQuotaPeriod: "100ms", NodeStatusMaxImages: to(int32(0)),
		MaxOpenFiles: 1000000, ContentType: "application/json", SerializeImagePulls: to(true),
		EvictionHard:                     map[string]string{"imagefs.available": "15%", "memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%"},
		EvictionPressureTransitionPeriod: "5m0s", EnableControllerAttachDetach: to(true), MakeIPTablesUtilChains: to(true),
		IPTablesMasqueradeBit: to(int32(14)), IPTablesDropBit: to(int32(15)), FailSwapOn: to(false),
		ContainerLogMaxSize: "10Mi", ContainerLogMaxFiles: to(int32(5)), ContainerLogMaxWorkers: to(int32(1)), ContainerLogMonitorInterval: "10s",
		ConfigMapAndSecretChangeDetectionStrategy: "Get", EnforceNodeAllocatable: []string{"pods"},
		VolumePluginDir: "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/", EnableSystemLogHandler: to(true),
		ShutdownGracePeriod: "0s", ShutdownGracePeriodCriticalPods: "0s", EnableProfilingHandler: to(true),
		EnableDebugFlagsHandler: to(true), SeccompDefault: to(false), MemoryThrottlingFactor: to(0.9), RegisterNode: to(true),
		LocalStorageCapacityIsolation: to(true), ContainerRuntimeEndpoint: socket, ImageServiceEndpoint: socket, FailCgroupV1: to(false),
	}
}

func to[T any](value T) *T { return &value }
