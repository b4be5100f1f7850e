package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestKubeletOfAnotherNodeIsOutOfReachThroughTheAgents(t *testing.T) {
	o := &options{nodeIP: "10.77.0.1", nodeName: "cloud", clusterCIDR: "10.42.0.0/16", serviceCIDR: "10.43.0.0/16"}
	for address, reached := range map[string]bool{
		"10.77.0.1:10250": true, "127.0.0.1:10250": true, "10.42.0.7:8443": true, "10.77.0.2:10351": false, "nonsense": false,
	} {
		if reachesAgent(o, address) != reached {
			t.Errorf("%s: reached is %v", address, !reached)
		}
	}
}

func TestFilesOfTheImagesFolder(t *testing.T) {
	for name, taken := range map[string]bool{
		"a.tar": true, "a.tar.zst": true, "a.tgz": true, "images.txt": true, "README": false, "a.tar.sha256": false, "a.zip": false,
	} {
		if isImageFile(name) != taken {
			t.Errorf("%s: taken is %v", name, !taken)
		}
	}
}

func TestManifestsThatAreDeployed(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"one.yaml", "one.second.yaml", "two.json", ".hidden.yaml", "off.yaml", "off.yaml.skip", "note.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &deployer{folder: folder}
	var names []string
	for _, file := range d.files() {
		names = append(names, filepath.Base(file))
	}
	// one.second.yaml has the addon name of a file before it: upstream 1.5 wants these to differ.
	if !reflect.DeepEqual(names, []string{"one.second.yaml", "two.json"}) {
		t.Errorf("got %v", names)
	}
}

func TestHelmChartsAreToldApart(t *testing.T) {
	if kind := unservedKind([]byte("kind: Namespace\n---\nkind: HelmChart\n")); kind != "HelmChart" {
		t.Errorf("got %q", kind)
	}
	if kind := unservedKind([]byte("kind: Deployment\n")); kind != "" {
		t.Errorf("got %q", kind)
	}
}

func TestAuthoritiesOutliveARestart(t *testing.T) {
	flags := settings{"data-dir": {t.TempDir()}, "node-ip": {"10.77.0.1"}, "node-name": {"Cloud"}, "disable": {"traefik"}}
	o, err := resolve(flags)
	if err != nil {
		t.Fatal(err)
	}
	if o.nodeName != "cloud" || !o.disabled["traefik"] {
		t.Errorf("got %q, %v", o.nodeName, o.disabled)
	}
	var first []byte
	for range 2 {
		if err := errors.Join(certificates(o), users(o), bootstrap(o), writeToken(o)); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(o.server("node-token"))
		if err != nil || (first != nil && string(first) != string(content)) {
			t.Errorf("token was %s, is %s, %v", first, content, err)
		}
		first = content
	}
}

func TestALostTokenEndsTheStart(t *testing.T) {
	lost := map[string]string{"neither": "", "passwords": "passwd", "token": "token"}
	for kept, name := range lost {
		o, err := resolve(settings{"data-dir": {t.TempDir()}, "node-ip": {"10.77.0.1"}, "node-name": {"cloud"}})
		if err := errors.Join(err, certificates(o), users(o), bootstrap(o), writeToken(o)); err != nil {
			t.Fatal(err)
		}
		first, _ := secretOf(o)
		for _, file := range []string{passwords(o), o.server("token")} {
			if filepath.Base(file) != name {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
		err = errors.Join(users(o), bootstrap(o))
		if now, _ := secretOf(o); (err == nil) != (name != "") || (now == first) != (name != "") {
			t.Errorf("kept %s: %v", kept, err)
		}
	}
}

func TestCertificatesAreMadeAgainWhenTheyAreMissingOrOthers(t *testing.T) {
	flags := settings{"data-dir": {t.TempDir()}, "node-ip": {"10.77.0.1"}, "node-name": {"cloud"}}
	start := func() *options {
		t.Helper()
		o, err := resolve(flags)
		if err := errors.Join(err, certificates(o)); err != nil {
			t.Fatal(err)
		}
		return o
	}
	file := start().tls("serving-kube-apiserver.crt")
	read := func() string {
		content, _ := os.ReadFile(file)
		return string(content)
	}
	first := read()
	if start(); read() != first {
		t.Error("a restart made another certificate")
	}
	flags["tls-san"] = []string{"10.77.0.9"}
	if start(); read() == first {
		t.Error("a further name is not in the certificate")
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if start(); read() != "" {
		t.Error("the real K3s keeps a certificate that is empty")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if start(); read() == "" {
		t.Error("one that is missing is not made again")
	}
}
