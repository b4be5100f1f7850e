// Package strictyaml reads configuration files. KubeEdge v1.22.0 and EdgeMesh v1.17.0 overlay a file on the compiled
// defaults with sigs.k8s.io/yaml (KubeEdge staging/src/github.com/kubeedge/api/apis/componentconfig/*/helper.go, EdgeMesh
// cmd/*/app/options/options.go) and pass over keys that they do not know. The doubles refuse those, so that a misspelt
// key of an installer or of chart values is found out here and not in the field.
package strictyaml

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// Overlay reads the file over what is in config already.
func Overlay(file string, config any) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("failed to read configuration file %s: %w", file, err)
	}
	if err := yaml.UnmarshalStrict(content, config); err != nil {
		return fmt.Errorf("failed to parse configuration file %s: %w", file, err)
	}
	return nil
}
