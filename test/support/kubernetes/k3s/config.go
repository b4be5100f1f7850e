package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/yaml"
)

// configArguments turns config.yaml and the files in config.yaml.d into the arguments that they stand for. In a later
// file a key replaces the earlier one, and `key+` adds to it. A key that is no flag of the server is skipped with a
// warning, which is all that K3s does about it.
func configArguments(file string, isSet bool) ([]string, error) {
	values := map[string][]string{}
	files, _ := filepath.Glob(file + ".d/*.yaml")
	slices.Sort(files)
	if _, err := os.Stat(file); err == nil || isSet {
		files = append([]string{file}, files...)
	}
	for _, one := range files {
		if err := readConfig(one, values); err != nil {
			return nil, err
		}
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var arguments []string
	for _, key := range keys {
		if name, known := longName(key); !known || name == "config" {
			logrus.Warnf("Unknown flag --%s found in config.yaml, skipping\n", key)
			continue
		}
		for _, value := range values[key] {
			arguments = append(arguments, "--"+key+"="+value)
		}
	}
	return arguments, nil
}

func readConfig(file string, values map[string][]string) error {
	bytes, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	content := map[string]any{}
	if err := yaml.Unmarshal(bytes, &content); err != nil {
		return fmt.Errorf("failed to parse %s: %w", file, err)
	}
	for key, value := range content {
		added := strings.HasSuffix(key, "+")
		key = strings.TrimSuffix(key, "+")
		if !added {
			values[key] = nil
		}
		if items, ok := value.([]any); ok {
			for _, item := range items {
				values[key] = append(values[key], scalar(item))
			}
		} else {
			values[key] = append(values[key], scalar(value))
		}
	}
	return nil
}

// scalar prints a YAML 1.1 scalar as K3s sees it: an unquoted 0644 is the number 420 by then, which is the well-known
// trap of write-kubeconfig-mode.
func scalar(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return fmt.Sprintf("%v", int64(value))
	default:
		return fmt.Sprint(value)
	}
}
