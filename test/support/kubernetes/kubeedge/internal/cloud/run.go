package cloud

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/pki"
	"github.com/hashicorp/yamux"
)

// tokenIntervalVariable lets a test see a rotation without waiting for half a day: a Go duration.
const tokenIntervalVariable = "CLOUDCORE_DOUBLE_TOKEN_INTERVAL"

// Run is cloudcore from its start on, and returns what ended it. The caller panics with that, as upstream does when the
// API server is out of reach (`network is unreachable` without a route to the service's address).
func Run(config *Config) error {
	go monitor(config.CommonConfig.MonitorServer.BindAddress)
	api, err := kubeapi.InCluster()
	if err != nil {
		return err
	}
	// KubeEdge v1.22.0 cloud/cmd/cloudcore/app/server.go: up to ten seconds pass here, so that several instances do not
	// take the same tunnel port. This is why `tokensecret` may come late.
	time.Sleep(time.Duration(rand.IntN(10)) * time.Second)
	port, err := negotiateTunnelPort(api)
	if err != nil {
		return err
	}
	config.CommonConfig.TunnelPort = port
	if config.Adjust() {
		if err := rewriteConfigMap(api, config); err != nil {
			klog.Errorf("failed to update the cloudcore configmap: %v", err)
		}
	}
	ca, err := loadOrMakeCA(api)
	if err != nil {
		return err
	}
	server, err := loadOrMakeServer(api, ca, config)
	if err != nil {
		return err
	}
	interval, err := tokenInterval(config)
	if err != nil {
		return err
	}
	if err := keepToken(api, ca, interval); err != nil {
		return err
	}
	return serve(config, api, ca, server)
}

func tokenInterval(config *Config) (time.Duration, error) {
	if text := os.Getenv(tokenIntervalVariable); text != "" {
		return time.ParseDuration(text)
	}
	return time.Duration(config.Modules.CloudHub.TokenRefreshDuration) * time.Hour, nil
}

// serve opens the ports that the configuration enables, and returns when one of them cannot be opened.
func serve(config *Config, api *kubeapi.Client, ca, server pki.Pair) error {
	issuing, err := certificatesOf(server, ca, tls.RequestClientCert)
	if err != nil {
		return err
	}
	mutual, err := certificatesOf(server, ca, tls.RequireAndVerifyClientCert)
	if err != nil {
		return err
	}
	modules, failed := config.Modules, make(chan error)
	open := func(port uint32, settings *tls.Config, handler http.Handler) {
		go func() { failed <- listen(port, settings, handler) }()
	}
	if modules.CloudHub.HTTPS.Enable {
		validity := time.Duration(modules.CloudHub.EdgeCertSigningDuration) * 24 * time.Hour
		open(modules.CloudHub.HTTPS.Port, issuing, (&certificateServer{api, ca, validity}).handler())
	}
	if modules.CloudHub.WebSocket.Enable {
		open(modules.CloudHub.WebSocket.Port, mutual, &hub{api, config.CommonConfig.TunnelPort, modules.DynamicController.Enable, newDynamic(api)})
	}
	if modules.CloudStream.Enable {
		streaming, err := tls.LoadX509KeyPair(modules.CloudStream.TLSStreamCertFile, modules.CloudStream.TLSStreamPrivateKeyFile)
		if err != nil {
			return err
		}
		joined := &streams{tunnels: map[string]*yamux.Session{}}
		open(modules.CloudStream.TunnelPort, mutual, joined.tunnelHandler())
		open(modules.CloudStream.StreamPort, &tls.Config{Certificates: []tls.Certificate{streaming}}, joined.streamHandler())
	}
	klog.Infof("cloudcore is listening, tunnel port %d", config.CommonConfig.TunnelPort)
	return <-failed
}

// listen keeps to HTTP/1.1, which connections can be taken over from.
func listen(port uint32, settings *tls.Config, handler http.Handler) error {
	address := net.JoinHostPort("0.0.0.0", strconv.FormatUint(uint64(port), 10))
	listener, err := tls.Listen("tcp", address, settings)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	return (&http.Server{Handler: handler}).Serve(listener)
}

// monitor serves health on the loopback address (KubeEdge v1.22.0 cloud/pkg/common/monitor/server.go).
func monitor(address string) {
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(writer http.ResponseWriter, _ *http.Request) { fmt.Fprint(writer, "ok") })
	if err := http.ListenAndServe(address, routes); err != nil {
		klog.Errorf("monitor server: %v", err)
	}
}
