package kubeapi

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"

	"sigs.k8s.io/yaml"
)

type kubeconfig struct {
	CurrentContext string `json:"current-context"`
	Contexts       []struct {
		Name    string `json:"name"`
		Context struct {
			Cluster string `json:"cluster"`
			User    string `json:"user"`
		} `json:"context"`
	} `json:"contexts"`
	Clusters []struct {
		Name    string `json:"name"`
		Cluster struct {
			Server string `json:"server"`
			CA     string `json:"certificate-authority-data"`
		} `json:"cluster"`
	} `json:"clusters"`
	Users []struct {
		Name string `json:"name"`
		User struct {
			Certificate string `json:"client-certificate-data"`
			Key         string `json:"client-key-data"`
		} `json:"user"`
	} `json:"users"`
}

// FromKubeconfig is the client of a kubeconfig whose certificates are inside it, such as the one that K3s writes.
func FromKubeconfig(file string) (*Client, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var config kubeconfig
	if err := yaml.Unmarshal(content, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, context := range config.Contexts {
		if context.Name == config.CurrentContext {
			return config.client(file, context.Context.Cluster, context.Context.User)
		}
	}
	return nil, fmt.Errorf("%s has no context %q", file, config.CurrentContext)
}

func (config kubeconfig) client(file, clusterName, userName string) (*Client, error) {
	settings := &tls.Config{RootCAs: x509.NewCertPool()}
	var base *url.URL
	for _, one := range config.Clusters {
		if one.Name != clusterName {
			continue
		}
		ca, err := base64.StdEncoding.DecodeString(one.Cluster.CA)
		if err != nil || !settings.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s: certificate-authority-data of %s is no certificate", file, clusterName)
		}
		if base, err = url.Parse(one.Cluster.Server); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for _, one := range config.Users {
		if one.Name != userName {
			continue
		}
		certificate, _ := base64.StdEncoding.DecodeString(one.User.Certificate)
		key, _ := base64.StdEncoding.DecodeString(one.User.Key)
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("%s: client certificate of %s: %w", file, userName, err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	if base == nil {
		return nil, fmt.Errorf("%s has no cluster %q", file, clusterName)
	}
	return &Client{Base: base, HTTP: clientOf(settings)}, nil
}
