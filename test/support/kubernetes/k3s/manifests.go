package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/yaml"
)

//go:embed manifests
var packaged embed.FS

// components are the packaged manifests by the name that --disable has for them (upstream 1.3). Of the others that K3s
// brings, traefik (a HelmChart), servicelb and the runtime classes are not here; --disable takes their names all the same.
var components = map[string]string{
	"coredns.yaml":                                  "coredns",
	"local-storage.yaml":                            "local-storage",
	"metrics-server/metrics-apiservice.yaml":        "metrics-server",
	"metrics-server/metrics-server-deployment.yaml": "metrics-server",
	"metrics-server/metrics-server-service.yaml":    "metrics-server",
}

// deployer applies the files in server/manifests (upstream 1.5).
type deployer struct {
	o       *options
	folder  string
	applied map[string][32]byte
}

// stage writes the packaged manifests into server/manifests, where the disabled ones are deleted with their objects.
func (d *deployer) stage() error {
	for _, name := range []string{"traefik", "servicelb"} {
		if !d.o.disabled[name] {
			logrus.Warnf("%s is not disabled: the real K3s would deploy it, its double for tests does not", name)
		}
	}
	for file, component := range components {
		place := filepath.Join(d.folder, file)
		if d.o.disabled[component] {
			if _, err := os.Stat(place); err == nil {
				if err := d.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", place); err != nil {
					logrus.Errorf("Failed to delete the objects of %s: %v", place, err)
				}
				if err := os.Remove(place); err != nil {
					return err
				}
			}
			continue
		}
		if _, err := os.Stat(place + ".skip"); err == nil {
			continue
		}
		content, err := packaged.ReadFile("manifests/" + file)
		if err != nil {
			return err
		}
		filled := strings.NewReplacer("%{CLUSTER_DNS}%", d.o.clusterDNS, "%{CLUSTER_DOMAIN}%", d.o.clusterDomain,
			"%{NODE_IP}%", d.o.nodeIP, "%{NODE_NAME}%", d.o.nodeName).Replace(string(content))
		if _, err := write(place, []byte(filled), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// run applies what is new or changed, and looks again every 15 seconds; a file that fails is tried again.
func (d *deployer) run(stopped <-chan struct{}) {
	for {
		for _, file := range d.files() {
			d.deploy(file)
		}
		select {
		case <-stopped:
			return
		case <-time.After(15 * time.Second):
		}
	}
}

// files are the manifests in name order: hidden files and those that have a .skip beside them are ignored.
func (d *deployer) files() []string {
	var found []string
	addons := map[string]string{}
	_ = filepath.WalkDir(d.folder, func(place string, entry fs.DirEntry, err error) error {
		name := filepath.Base(place)
		if err != nil || entry.IsDir() || strings.HasPrefix(name, ".") || !isManifest(name) {
			return nil
		}
		if _, err := os.Stat(place + ".skip"); err == nil {
			return nil
		}
		addon := addonName(name)
		if first := addons[addon]; first != "" {
			logrus.Errorf("%s and %s have the same addon name %s: the first one is taken", first, place, addon)
			return nil
		}
		addons[addon] = place
		found = append(found, place)
		return nil
	})
	return found
}

func isManifest(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json")
}

// addonName is the file's name up to the first dot (upstream 1.5).
func addonName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

func (d *deployer) deploy(file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		logrus.Errorf("Failed to read %s: %v", file, err)
		return
	}
	sum := sha256.Sum256(content)
	if d.applied[file] == sum {
		return
	}
	if kind := unservedKind(content); kind != "" {
		logrus.Errorf("%s holds a %s: the real K3s has a controller for this, its double for tests does not", file, kind)
		d.applied[file] = sum
		return
	}
	// The real deployer tracks objects by an Addon, so that it also deletes what a changed file no longer holds.
	if err := d.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=deploy@"+d.o.nodeName, "-f", file); err != nil {
		logrus.Errorf("Failed to process config: failed to process %s: %v", file, err)
		return
	}
	logrus.Infof("Applied manifest at %q", file)
	d.applied[file] = sum
}

func unservedKind(content []byte) string {
	for _, document := range bytes.Split(content, []byte("\n---")) {
		var object struct {
			Kind string `json:"kind"`
		}
		if yaml.Unmarshal(document, &object) == nil && strings.HasPrefix(object.Kind, "HelmChart") {
			return object.Kind
		}
	}
	return ""
}

func (d *deployer) kubectl(args ...string) error {
	command := exec.Command(filepath.Join(d.o.bin, "kubectl"), args...)
	// K3s does this without kubectl: nothing of it lies in a home.
	command.Env = append(childEnvironment(d.o.bin), "KUBECONFIG="+d.o.server("cred", "admin.kubeconfig"),
		"KUBECACHEDIR="+d.o.server("cache"))
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}
