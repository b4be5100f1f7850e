package edge

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"edgelift.test/kubeedge/internal/hostnet"
	"edgelift.test/kubeedge/internal/klog"
)

// imageFolder is where containerd keeps images, unless it is told otherwise.
const imageFolder = "/var/lib/containerd"

// Run is edgecore from its start on. It does not return.
func Run(file string) {
	config, err := ReadConfig(file)
	if err != nil {
		klog.Exitf("%v", err)
	}
	klog.Infof("Version: %s (a double for tests)", Version)
	if config.EdgeCoreVersion != Version {
		config.EdgeCoreVersion = Version
		if err := config.WriteTo(file); err != nil {
			klog.Exitf("failed to update edgecore config file, err: %v", err)
		}
	}
	if err := refuseOthers(config); err != nil {
		klog.Exitf("%v", err)
	}
	if name := config.Modules.Edged.CustomInterfaceName; name != "" {
		if config.Modules.Edged.NodeIP, err = hostnet.InterfaceAddress(name); err != nil {
			klog.Exitf("Failed to get IP address by custom interface %s, err: %v", name, err)
		}
	}
	if err := refusePressure(config.Modules.Edged.TailoredKubeletConfig.EvictionHard["imagefs.available"]); err != nil {
		klog.Exitf("%v", err)
	}
	refuseSecond()
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, syscall.SIGINT)
	start(config)
	klog.Infof("Get os signal %v", <-stopped)
	os.Exit(0)
}

// start begins the modules that are enabled; each runs by itself, as upstream's do.
func start(config *Config) {
	modules := config.Modules
	store := openStore(config.Database.DataSource)
	hub := newHub(modules.EdgeHub, modules.Edged.HostnameOverride)
	hub.received = newReceiver(store, hub.transport()).run
	if modules.EdgeHub.Enable {
		go hub.run(func() {
			if modules.EdgeStream.Enable {
				go runEdgeStream(config)
			}
		})
	}
	if modules.MetaManager.Enable && modules.MetaManager.MetaServer.Enable {
		listener := mustListen(modules.MetaManager.MetaServer.Server)
		go http.Serve(listener, newMetaServer(hub, store))
	}
	if modules.EventBus.Enable {
		go runEventBus(modules.EventBus)
	}
	if modules.Edged.Enable {
		go hub.registerOrDie(store)
		go runEdged(config, hub, store)
	}
}

// runEdged begins with the kubelet once the node has been registered, or when it was before.
func runEdged(config *Config, hub *hub, store *store) {
	folder := filepath.Join(filepath.Dir(config.Database.DataSource), "edged")
	program, err := unpackKubelet(folder)
	if err != nil {
		klog.Exitf("edged: %v", err)
	}
	if !store.registered(hub.node) {
		<-hub.connected
	}
	listener := mustListen("127.0.0.1:0")
	proxy := &proxy{hub, store, config.Modules.Edged.NodeLabels}
	go http.Serve(listener, proxy.handler())
	kubelet := &kubelet{config, program, filepath.Join(folder, "settings"), "http://" + listener.Addr().String()}
	klog.FatalAt("edged.go:1", "Start edged failed, err: %v", kubelet.run())
}

// refusePressure ends this double where upstream would end all pods and take no other: its kubelet cannot measure the
// disk of a node that is a container, and so never evicts.
func refusePressure(threshold string) error {
	least, err := strconv.Atoi(strings.TrimSuffix(threshold, "%"))
	if err != nil {
		return fmt.Errorf("this double knows imagefs.available as a percentage only, not as %q", threshold)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(imageFolder, &disk); err != nil {
		return fmt.Errorf("%s: %w", imageFolder, err)
	}
	if free := disk.Bavail * 100 / disk.Blocks; free < uint64(least) {
		return fmt.Errorf("%d%% of %s is free, below imagefs.available %s: this double does not evict pods", free, imageFolder, threshold)
	}
	return nil
}

// refuseSecond ends a second edgecore on a node, which is what `edgecore --version` starts: the first one has the port.
// The kubelet of one that was just stopped may still be on its way out.
func refuseSecond() {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(kubeletPort))
	for range 10 {
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	mustListen(address).Close()
}

func mustListen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		klog.FatalAt("server.go:1", "%v", err)
	}
	return listener
}
