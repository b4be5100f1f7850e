package mesh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryRuleIsCheckedByACallOfIptablesAtEachTurn(t *testing.T) {
	log := iptablesThatLogs(t)
	cluster := &Cluster{}
	var service Service
	service.Metadata.Namespace, service.Metadata.Name = "default", "web"
	service.Spec.ClusterIP, service.Spec.Ports = "10.43.0.7", []Port{{Name: "http", Protocol: "TCP", Port: 80}}
	cluster.Services.Put("default/web", service)
	proxy := NewProxy(cluster, nil, "127.0.0.1", "FilterIfLabelExists")
	for range 2 {
		if err := proxy.sync(); err != nil {
			t.Fatal(err)
		}
	}
	for _, chain := range []string{containerChain, hostChain} {
		if checks := strings.Count(log(), "-w -t nat -C "+chain+" -d 10.43.0.7/32 "); checks != 2 {
			t.Errorf("%s was checked %d times:\n%s", chain, checks, log())
		}
	}
	proxy.Cluster = &Cluster{}
	if err := proxy.sync(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log(), "-w -t nat -D "+hostChain+" -d 10.43.0.7/32 ") {
		t.Errorf("the rule of a service that is gone stays:\n%s", log())
	}
}

// iptablesThatLogs puts a program of that name first in PATH, and gives what it was called with.
func iptablesThatLogs(t *testing.T) func() string {
	t.Helper()
	folder := t.TempDir()
	log := filepath.Join(folder, "log")
	script := "#!/bin/sh\necho \"$*\" >> " + log + "\n"
	if err := os.WriteFile(filepath.Join(folder, "iptables"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	return func() string {
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
}
