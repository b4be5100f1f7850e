package edge

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// kubelet runs the real one as a child that does not outlive this program: upstream has it inside, so that stopping the
// unit (KillMode=process) stops it while pods run on.
type kubelet struct {
	config  *Config
	program string
	folder  string
	api     string
}

// run starts it and returns when it has ended.
func (kubelet *kubelet) run() error {
	arguments, err := kubelet.prepare()
	if err != nil {
		return err
	}
	// The death signal belongs to the thread that starts the child.
	runtime.LockOSThread()
	command := exec.Command(kubelet.program, arguments...)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	klog.Infof("starting edged")
	return command.Run()
}

// prepare writes the kubelet's configuration and kubeconfig, and gives its arguments.
func (kubelet *kubelet) prepare() ([]string, error) {
	settings, err := kubelet.settings()
	if err != nil {
		return nil, err
	}
	files := map[string]any{"kubelet.json": settings, "kubeconfig.json": kubeconfig(kubelet.api)}
	if err := os.MkdirAll(kubelet.folder, 0o700); err != nil {
		return nil, err
	}
	for name, content := range files {
		encoded, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(kubelet.folder, name), encoded, 0o600); err != nil {
			return nil, err
		}
	}
	// Upstream's kubelet serves without TLS and has no certificate; this one makes its own, which a power loss may empty.
	certificates := filepath.Join(kubelet.folder, "pki")
	if err := os.RemoveAll(certificates); err != nil {
		return nil, err
	}
	edged := kubelet.config.Modules.Edged
	arguments := []string{
		"kubelet",
		"--config=" + filepath.Join(kubelet.folder, "kubelet.json"),
		"--kubeconfig=" + filepath.Join(kubelet.folder, "kubeconfig.json"),
		"--hostname-override=" + edged.HostnameOverride,
		"--root-dir=" + edged.RootDirectory,
		"--cert-dir=" + certificates,
		"--v=1",
	}
	if edged.NodeIP != "" {
		arguments = append(arguments, "--node-ip="+edged.NodeIP)
	}
	return arguments, nil
}

// settings are a KubeletConfiguration: what the file says where the two have a field in common, and a server on the
// loopback address that asks for nothing, since only edgeStream comes there.
func (kubelet *kubelet) settings() (kubeapi.Object, error) {
	encoded, err := json.Marshal(kubelet.config.Modules.Edged.TailoredKubeletConfig)
	if err != nil {
		return nil, err
	}
	settings := kubeapi.Object{}
	if err := json.Unmarshal(encoded, &settings); err != nil {
		return nil, err
	}
	for _, name := range []string{"readOnlyPort", "contentType", "oomScoreAdj"} {
		delete(settings, name)
	}
	for name, value := range map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "contentType": "application/json",
		"address": "127.0.0.1", "port": kubeletPort, "healthzPort": 0,
		"authentication": kubeapi.Object{"anonymous": kubeapi.Object{"enabled": true}, "webhook": kubeapi.Object{"enabled": false}},
		"authorization":  kubeapi.Object{"mode": "AlwaysAllow"},
		// The nodes of the tests have an overlay as their root, whose capacity the kubelet cannot tell.
		"localStorageCapacityIsolation": false,
	} {
		settings[name] = value
	}
	return settings, nil
}

func kubeconfig(server string) kubeapi.Object {
	return kubeapi.Object{
		"apiVersion": "v1", "kind": "Config", "current-context": "edge",
		"clusters": []any{kubeapi.Object{"name": "edge", "cluster": kubeapi.Object{"server": server}}},
		"users":    []any{kubeapi.Object{"name": "edge", "user": kubeapi.Object{}}},
		"contexts": []any{kubeapi.Object{"name": "edge", "context": kubeapi.Object{"cluster": "edge", "user": "edge"}}},
	}
}

// refuseOthers is upstream's environmentCheck (KubeEdge v1.22.0 edge/cmd/edgecore/app/server.go), which it leaves out
// when metaServer is enabled.
func refuseOthers(config *Config) error {
	if os.Getenv("CHECK_EDGECORE_ENVIRONMENT") == "false" || config.Modules.MetaManager.MetaServer.Enable {
		return nil
	}
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		switch comm, _ := os.ReadFile(name); string(comm) {
		case "kubelet\n":
			return fmt.Errorf("failed to check the running environment: kubelet should not running on edge node when running edgecore")
		case "kube-proxy\n":
			return fmt.Errorf("failed to check the running environment: kube-proxy should not running on edge node when running edgecore")
		}
	}
	return nil
}
