package edge

import (
	"bufio"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
)

// runEdgeStream keeps the tunnel to cloudcore's port 10004 and leads what comes out of it to the kubelet
// (KubeEdge v1.22.0 edge/pkg/edgestream/edgestream.go).
func runEdgeStream(config *Config) {
	certs := certificates{config.Modules.EdgeHub, config.Modules.Edged.HostnameOverride}
	header := http.Header{
		"Sessionhostnameoverride": {config.Modules.Edged.HostnameOverride},
		"Sessionip":               {config.Modules.Edged.NodeIP},
	}
	execs := &execs{}
	for ; ; time.Sleep(2 * time.Second) {
		settings, err := certs.mutual()
		if err != nil {
			klog.Errorf("Failed to load x509 key pair: %v", err)
			continue
		}
		session, err := link.Dial(config.Modules.EdgeStream.TunnelServer, "/v1/kubeedge/connect", header, settings)
		if err != nil {
			klog.Errorf("TLSClientConnect error %v", err)
			continue
		}
		klog.Infof("edgestream is connected to %s", config.Modules.EdgeStream.TunnelServer)
		for {
			stream, err := session.Accept()
			if err != nil {
				break
			}
			go toKubelet(stream, execs)
		}
	}
}

// toKubelet joins a stream to the kubelet. Its first line says what the API server asks for.
func toKubelet(stream net.Conn, execs *execs) {
	reader := bufio.NewReader(stream)
	what, err := reader.ReadString('\n')
	if err != nil {
		stream.Close()
		return
	}
	kubelet, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(kubeletPort)))
	if err != nil {
		klog.Errorf("edgestream: %v", err)
		stream.Close()
		return
	}
	link.Pipe(link.ReadAhead(stream, reader), kubelet)
	if what == link.Exec {
		execs.ended()
	}
}

// runEventBus looks for the external MQTT broker every five seconds, for ever; without one that is only noise
// (KubeEdge v1.22.0 edge/pkg/eventbus/mqtt/client.go). No message goes either way.
func runEventBus(settings EventBus) {
	if settings.MqttMode == 0 {
		klog.Warningf("this double of edgecore has no MQTT broker inside")
		return
	}
	for ; ; time.Sleep(5 * time.Second) {
		connection, err := net.Dial("tcp", strings.TrimPrefix(settings.MqttServerExternal, "tcp://"))
		if err != nil {
			klog.Errorf("client hub-client-sub connect error: network Error : %v", err)
			continue
		}
		connection.Close()
	}
}
