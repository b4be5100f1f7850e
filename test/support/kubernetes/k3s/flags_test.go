package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func nothing(string) string { return "" }

// withConfig gives the environment under which config.yaml has this content.
func withConfig(t *testing.T, content string) func(string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(name string) string {
		if name == "K3S_CONFIG_FILE" {
			return file
		}
		return ""
	}
}

func TestConfigComesBeforeArguments(t *testing.T) {
	found, err := parseFlags(
		[]string{"--node-name=two", "--disable", "servicelb,local-storage"},
		withConfig(t, "node-name: one\nnode-ip: 10.0.0.1\ndisable: [traefik]\nwrite-kubeconfig-mode: \"0640\"\n"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if name := found.text("node-name", ""); name != "two" {
		t.Errorf("node-name is %s", name)
	}
	if off := found.list("disable"); !reflect.DeepEqual(off, []string{"traefik", "servicelb", "local-storage"}) {
		t.Errorf("disable is %v", off)
	}
	if mode := found.text("write-kubeconfig-mode", ""); mode != "0640" {
		t.Errorf("write-kubeconfig-mode is %s", mode)
	}
}

func TestUnknownFlagIsAnError(t *testing.T) {
	_, err := parseFlags([]string{"--no-such-flag"}, nothing)
	if err == nil || err.Error() != "flag provided but not defined: -no-such-flag" {
		t.Errorf("got %v", err)
	}
}

func TestUnknownKeyIsSkipped(t *testing.T) {
	found, err := parseFlags(nil, withConfig(t, "no-such-key: 1\nnode-name: one\n"))
	if err != nil || found.text("node-name", "") != "one" || found["no-such-key"] != nil {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestFlagThatTheDoubleLacksIsRefused(t *testing.T) {
	_, err := parseFlags(nil, withConfig(t, "embedded-registry: true\n"))
	if err == nil || !strings.Contains(err.Error(), "--embedded-registry") {
		t.Errorf("got %v", err)
	}
}

func TestArgumentsOfComponentsKeepTheirCommas(t *testing.T) {
	found, err := parseFlags(nil, withConfig(t, "kube-apiserver-arg: [\"kubelet-certificate-authority=\", \"a=b,c\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	merged := mergeArguments(map[string]string{"kubelet-certificate-authority": "/ca"}, found["kube-apiserver-arg"])
	if !reflect.DeepEqual(merged, []string{"--a=b,c", "--kubelet-certificate-authority="}) {
		t.Errorf("got %v", merged)
	}
}

func TestUnquotedModeIsTheNumberOfYAML(t *testing.T) {
	found, err := parseFlags(nil, withConfig(t, "write-kubeconfig-mode: 0644\n"))
	if err != nil || found.text("write-kubeconfig-mode", "") != "420" {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestEnvironmentCountsLast(t *testing.T) {
	from := func(name string) string {
		return map[string]string{"K3S_NODE_NAME": "env", "K3S_TOKEN": "secret"}[name]
	}
	found, err := parseFlags([]string{"--node-name", "arg"}, from)
	if err != nil || found.text("node-name", "") != "arg" || found.text("token", "") != "secret" {
		t.Errorf("got %v, %v", found, err)
	}
}
