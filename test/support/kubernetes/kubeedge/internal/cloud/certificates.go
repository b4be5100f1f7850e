package cloud

import (
	"fmt"
	"time"

	"edgelift.test/kubeedge/internal/jointoken"
	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/pki"
)

// The names of keys in KubeEdge v1.22.0's secrets (cloud/pkg/cloudhub/servers/httpserver/pre_server.go).
const (
	caSecret, caData, caKeyData             = "casecret", "cadata", "cakeydata"
	serverSecret, serverData, serverKeyData = "cloudcoresecret", "cloudcoredata", "cloudcorekeydata"
	tokenSecret, tokenData                  = "tokensecret", "tokendata"
)

// loadOrMakeCA takes the CA from casecret, and makes it when there is none: it outlives an uninstall of the chart, since
// helm does not know of it.
func loadOrMakeCA(api *kubeapi.Client) (pki.Pair, error) {
	data, err := secretData(api, caSecret)
	if err != nil {
		return pki.Pair{}, fmt.Errorf("failed to get the CA secret: %w", err)
	}
	if data != nil {
		return pki.Pair{Certificate: data[caData], Key: data[caKeyData]}, nil
	}
	ca, err := pki.NewCA()
	if err != nil {
		return pki.Pair{}, err
	}
	return ca, writeSecret(api, caSecret, map[string][]byte{caData: ca.Certificate, caKeyData: ca.Key})
}

// loadOrMakeServer takes the server certificate from cloudcoresecret. It is made once, for the addresses of then, and
// not anew when advertiseAddress changes.
func loadOrMakeServer(api *kubeapi.Client, ca pki.Pair, config *Config) (pki.Pair, error) {
	data, err := secretData(api, serverSecret)
	if err != nil {
		return pki.Pair{}, fmt.Errorf("failed to get the CloudCore secret: %w", err)
	}
	if data != nil {
		return pki.Pair{Certificate: data[serverData], Key: data[serverKeyData]}, nil
	}
	addresses, err := config.Addresses()
	if err != nil {
		return pki.Pair{}, fmt.Errorf("failed to create the CloudCore certificate: %w", err)
	}
	var names []string
	for _, name := range config.Modules.CloudHub.DNSNames {
		if name != "" {
			names = append(names, name)
		}
	}
	server, err := pki.NewServer(ca, addresses, names)
	if err != nil {
		return pki.Pair{}, err
	}
	return server, writeSecret(api, serverSecret, map[string][]byte{serverData: server.Certificate, serverKeyData: server.Key})
}

// keepToken writes a new token at once and at every interval. A failure at the first one is returned.
func keepToken(api *kubeapi.Client, ca pki.Pair, interval time.Duration) error {
	write := func() error {
		token := jointoken.Create(ca.Certificate, ca.Key, interval, time.Now())
		return writeSecret(api, tokenSecret, map[string][]byte{tokenData: []byte(token)})
	}
	if err := write(); err != nil {
		return fmt.Errorf("failed to generate the token for EdgeCore: %w", err)
	}
	go func() {
		for range time.Tick(interval) {
			if err := write(); err != nil {
				klog.Errorf("failed to refresh the token: %v", err)
			}
		}
	}()
	return nil
}
