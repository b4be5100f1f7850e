package cloud

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"edgelift.test/kubeedge/internal/hostnet"
	"edgelift.test/kubeedge/internal/kubeapi"
	"sigs.k8s.io/yaml"
)

// Namespace is where all of KubeEdge lives.
const Namespace = "kubeedge"

const (
	configMaps = "/api/v1/namespaces/" + Namespace + "/configmaps"
	secrets    = "/api/v1/namespaces/" + Namespace + "/secrets"
	// TunnelPortAnnotation holds which cloudcore has which port (KubeEdge v1.22.0 cloud/pkg/common/modules).
	TunnelPortAnnotation = "tunnelportrecord.kubeedge.io"
	kubeletPort          = 10350
)

// secretData reads a secret's data; nil when there is no such secret.
func secretData(api *kubeapi.Client, name string) (map[string][]byte, error) {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	err := api.Do("GET", secrets+"/"+name, nil, &secret)
	if kubeapi.NotFound(err) {
		return nil, nil
	}
	return secret.Data, err
}

// writeSecret creates a secret, or replaces one that is there.
func writeSecret(api *kubeapi.Client, name string, data map[string][]byte) error {
	encoded := map[string]string{}
	for key, value := range data {
		encoded[key] = base64.StdEncoding.EncodeToString(value)
	}
	secret := kubeapi.Object{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
		"metadata": kubeapi.Object{"name": name, "namespace": Namespace}, "data": encoded,
	}
	err := api.Do("POST", secrets, secret, nil)
	if kubeapi.Conflict(err) {
		return api.Do("PUT", secrets+"/"+name, secret, nil)
	}
	return err
}

// TunnelPorts is the record of which port of edge nodes leads to which cloudcore.
type TunnelPorts struct {
	IPTunnelPort map[string]int `json:"ipTunnelPort"`
	Port         map[int]bool   `json:"port"`
}

// negotiateTunnelPort finds this cloudcore's port in the ConfigMap `tunnelport`, or takes the first free one from 10351
// on (KubeEdge v1.22.0 cloud/cmd/cloudcore/app/server.go NegotiateTunnelPort).
func negotiateTunnelPort(api *kubeapi.Client) (int, error) {
	var configMap kubeapi.Object
	err := api.Do("GET", configMaps+"/tunnelport", nil, &configMap)
	missing := kubeapi.NotFound(err)
	if err != nil && !missing {
		return 0, err
	}
	record := TunnelPorts{map[string]int{}, map[int]bool{}}
	if missing {
		configMap = kubeapi.Object{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": kubeapi.Object{"name": "tunnelport", "namespace": Namespace},
		}
	} else if err := json.Unmarshal([]byte(annotations(configMap)[TunnelPortAnnotation]), &record); err != nil {
		return 0, fmt.Errorf("failed to get tunnel port record: %w", err)
	}
	address := hostnet.Address()
	if port, found := record.IPTunnelPort[address]; found {
		return port, nil
	}
	port := kubeletPort + 1
	for record.Port[port] {
		port++
	}
	record.IPTunnelPort[address], record.Port[port] = port, true
	encoded, err := json.Marshal(record)
	if err != nil {
		return 0, err
	}
	configMap["metadata"].(kubeapi.Object)["annotations"] = map[string]string{TunnelPortAnnotation: string(encoded)}
	if missing {
		return port, api.Do("POST", configMaps, configMap, nil)
	}
	return port, api.Do("PUT", configMaps+"/tunnelport", configMap, nil)
}

func annotations(object kubeapi.Object) map[string]string {
	texts := map[string]string{}
	metadata, _ := object["metadata"].(kubeapi.Object)
	all, _ := metadata["annotations"].(kubeapi.Object)
	for key, value := range all {
		texts[key], _ = value.(string)
	}
	return texts
}

// rewriteConfigMap replaces the chart's short form of the key by the whole configuration, as a plain update under this
// program's name: this makes cloudcore the field's owner, with which a server-side apply then conflicts.
func rewriteConfigMap(api *kubeapi.Client, config *Config) error {
	var configMap kubeapi.Object
	if err := api.Do("GET", configMaps+"/cloudcore", nil, &configMap); err != nil {
		return fmt.Errorf("failed to get CloudCore configMap %s/cloudcore: %w", Namespace, err)
	}
	whole, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	configMap["data"] = map[string]string{"cloudcore.yaml": string(whole)}
	return api.Do("PUT", configMaps+"/cloudcore?fieldManager=cloudcore", configMap, nil)
}
