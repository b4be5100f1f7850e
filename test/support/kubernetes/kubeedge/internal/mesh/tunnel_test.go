package mesh

import (
	"io"
	"net"
	"testing"
	"time"
)

func TestAStreamReachesAPodOnTheRelayNodeOnlyWithTheSamePSK(t *testing.T) {
	pod := echo(t)
	port := freePort(t)
	relay := []RelayNode{{NodeName: "cloud", AdvertiseAddress: []string{"127.0.0.1"}}}
	settings := EdgeTunnel{ListenPort: port, RelayNodes: relay}
	cloud := NewTunnel("cloud", settings, []byte("secret"), &Cluster{})
	go cloud.Run()
	edge := NewTunnel("edge", settings, []byte("secret"), &Cluster{})
	stranger := NewTunnel("stranger", settings, []byte("another"), &Cluster{})
	var stream io.ReadWriteCloser
	var err error
	for range 50 {
		if stream, err = edge.Dial(Backend{pod, "cloud"}); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stream, "hello"); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 5)
	if _, err := io.ReadFull(stream, said); err != nil || string(said) != "hello" {
		t.Errorf("%q %v", said, err)
	}
	back, err := cloud.Dial(Backend{pod, "edge"})
	if err != nil {
		t.Errorf("the relay does not reach the edge over the edge's own connection: %v", err)
	} else {
		back.Close()
	}
	if _, err := edge.Dial(Backend{"127.0.0.1:1", "cloud"}); err == nil || err.Error() != "get proxy stream from cloud error: libp2p dial {tcp cloud 127.0.0.1 1} err: Proxy.type is FAILED" {
		t.Errorf("a pod that is not there: %v", err)
	}
	if _, err := stranger.Dial(Backend{pod, "cloud"}); err == nil {
		t.Error("another PSK was good enough")
	}
	if _, err := edge.Dial(Backend{pod, "elsewhere"}); err == nil {
		t.Error("there is no way to a node that nobody knows")
	}
}

func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(connection, connection)
		}
	}()
	return listener.Addr().String()
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
