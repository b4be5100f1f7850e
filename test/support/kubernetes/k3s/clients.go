package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/sirupsen/logrus"
)

const defaultKubeconfig = "/etc/rancher/k3s/k3s.yaml"

// runKubectl is `k3s kubectl`: upstream's kubectl with the kubeconfig of K3s, unless the environment names another.
func runKubectl(args []string) {
	if os.Getenv("KUBECONFIG") == "" {
		setenv("KUBECONFIG", defaultKubeconfig)
		if _, err := os.Open(defaultKubeconfig); err != nil {
			logrus.Warnf("Unable to read %s, please start server with --write-kubeconfig-mode or --write-kubeconfig-group "+
				"to modify kube config permissions", defaultKubeconfig)
		}
	}
	become("kubectl", args)
}

// runCtr is `k3s ctr`: containerd's own ctr on the socket of K3s, in the namespace k8s.io (upstream 1.4).
func runCtr(args []string) {
	for name, value := range map[string]string{"CONTAINERD_ADDRESS": containerdSocket, "CONTAINERD_NAMESPACE": "k8s.io"} {
		if os.Getenv(name) == "" {
			setenv(name, value)
		}
	}
	become("ctr", args)
}

// become replaces this process by a program that it carries.
func become(name string, args []string) {
	data := os.Getenv("K3S_DATA_DIR")
	if data == "" {
		data = dataDir(settings{})
	}
	bin, err := unpack(data)
	if err != nil {
		logrus.Fatal(err)
	}
	setenv("KUBE_VERSION_SHOWN", version)
	environment := append(os.Environ(), spareCollector)
	if err := syscall.Exec(filepath.Join(bin, name), append([]string{name}, args...), environment); err != nil {
		logrus.Fatal(err)
	}
}

func setenv(name, value string) {
	if err := os.Setenv(name, value); err != nil {
		logrus.Fatal(err)
	}
}
