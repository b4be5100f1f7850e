package mesh

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
	"github.com/hashicorp/yamux"
)

const dialTimeout = 5 * time.Second

// Tunnel joins the agents on port 20006. EdgeMesh v1.17.0 has libp2p there (pkg/tunnel): agents that share the PSK find
// one another through the relay nodes at their advertised addresses, or by multicast in one's own network. The double
// keeps who reaches whom: the relay nodes, whoever is connected already, and neighbours on a link. Between two sites
// that reach only the cloud there is no way, as with the real one.
type Tunnel struct {
	Node    string
	Port    int
	Relays  []RelayNode
	Cluster *Cluster

	psk      []byte
	mutex    sync.Mutex
	sessions map[string]*yamux.Session
}

// NewTunnel hashes the PSK (EdgeMesh v1.17.0 pkg/tunnel/util.go).
func NewTunnel(node string, settings EdgeTunnel, psk []byte, cluster *Cluster) *Tunnel {
	hashed := sha256.Sum256(psk)
	return &Tunnel{Node: node, Port: settings.ListenPort, Relays: settings.RelayNodes, Cluster: cluster, psk: hashed[:], sessions: map[string]*yamux.Session{}}
}

// Run listens, and stays connected to the relay nodes.
func (tunnel *Tunnel) Run() error {
	listener, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(tunnel.Port)))
	if err != nil {
		return err
	}
	for _, relay := range tunnel.Relays {
		if relay.NodeName != tunnel.Node {
			go tunnel.stayConnected(relay)
		}
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			if err := tunnel.welcome(connection); err != nil {
				klog.Errorf("tunnel from %s: %v", connection.RemoteAddr(), err)
				connection.Close()
			}
		}()
	}
}

func (tunnel *Tunnel) stayConnected(relay RelayNode) {
	for ; ; time.Sleep(5 * time.Second) {
		session, err := tunnel.reach(relay.NodeName)
		if err != nil {
			klog.Errorf("failed to connect relay node %s: %v", relay.NodeName, err)
			continue
		}
		<-session.CloseChan()
	}
}

// Dial connects to a pod: directly when it is on this node or belongs to no node, else through its node's agent.
func (tunnel *Tunnel) Dial(backend Backend) (io.ReadWriteCloser, error) {
	if backend.Node == "" || backend.Node == tunnel.Node {
		return net.DialTimeout("tcp", backend.Address, dialTimeout)
	}
	stream, err := tunnel.proxyStream(backend)
	if err != nil {
		return nil, fmt.Errorf("get proxy stream from %s error: %w", backend.Node, err)
	}
	return stream, nil
}

// proxyStream fails in the words of EdgeMesh v1.17.0 pkg/tunnel/tunnel.go, GetProxyStream.
func (tunnel *Tunnel) proxyStream(backend Backend) (io.ReadWriteCloser, error) {
	session, err := tunnel.reach(backend.Node)
	if err != nil {
		return nil, fmt.Errorf("new stream between %s err: %w", backend.Node, err)
	}
	stream, err := session.Open()
	if err != nil {
		return nil, fmt.Errorf("new stream between %s err: %w", backend.Node, err)
	}
	if _, err := fmt.Fprintf(stream, "%s\n", backend.Address); err != nil {
		stream.Close()
		return nil, fmt.Errorf("write conn msg to %s err: %w", backend.Node, err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(stream, answer); err != nil {
		stream.Close()
		return nil, fmt.Errorf("read conn result msg from %s err: %w", backend.Node, err)
	}
	if answer[0] != '+' {
		stream.Close()
		host, port, _ := net.SplitHostPort(backend.Address)
		return nil, fmt.Errorf("libp2p dial {tcp %s %s %s} err: Proxy.type is FAILED", backend.Node, host, port)
	}
	return stream, nil
}

// reach gives the session with a node's agent, a new one when there is none.
func (tunnel *Tunnel) reach(node string) (*yamux.Session, error) {
	tunnel.mutex.Lock()
	session, found := tunnel.sessions[node]
	tunnel.mutex.Unlock()
	if found && !session.IsClosed() {
		return session, nil
	}
	addresses := tunnel.addressesOf(node)
	failed := []error{fmt.Errorf("no way to the agent on %s: %d addresses", node, len(addresses))}
	for _, address := range addresses {
		session, err := tunnel.call(node, net.JoinHostPort(address, strconv.Itoa(tunnel.Port)))
		if err == nil {
			return session, nil
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}

// addressesOf are those that a relay node advertises; of another node, those that are on a link of this one, where
// multicast would find it.
func (tunnel *Tunnel) addressesOf(node string) []string {
	for _, relay := range tunnel.Relays {
		if relay.NodeName == node {
			return relay.AdvertiseAddress
		}
	}
	var found []string
	known, _ := tunnel.Cluster.Nodes.Get("/" + node)
	for _, address := range known.Status.Addresses {
		if address.Type == "InternalIP" && onLink(net.ParseIP(address.Address)) {
			found = append(found, address.Address)
		}
	}
	return found
}

func onLink(address net.IP) bool {
	networks, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(networks, func(one net.Addr) bool {
		network, ok := one.(*net.IPNet)
		return ok && network.Contains(address)
	})
}

// call opens a session. Both ends prove that they know the PSK, and say which node they are.
func (tunnel *Tunnel) call(node, address string) (*yamux.Session, error) {
	connection, err := net.DialTimeout("tcp", address, dialTimeout)
	if err != nil {
		return nil, err
	}
	peer, reader, err := tunnel.shake(connection)
	if err != nil {
		connection.Close()
		return nil, err
	}
	if peer != node {
		connection.Close()
		return nil, fmt.Errorf("%s is the agent of %s, not of %s", address, peer, node)
	}
	session, err := yamux.Client(&readAhead{connection, reader}, link.Settings())
	if err == nil {
		tunnel.keep(peer, session)
	}
	return session, err
}

func (tunnel *Tunnel) welcome(connection net.Conn) error {
	peer, reader, err := tunnel.shake(connection)
	if err != nil {
		return err
	}
	session, err := yamux.Server(&readAhead{connection, reader}, link.Settings())
	if err != nil {
		return err
	}
	tunnel.keep(peer, session)
	return nil
}

// shake exchanges a challenge and the proof of knowing the PSK.
func (tunnel *Tunnel) shake(connection net.Conn) (peer string, reader *bufio.Reader, err error) {
	connection.SetDeadline(time.Now().Add(dialTimeout))
	defer connection.SetDeadline(time.Time{})
	challenge := make([]byte, 16)
	rand.Read(challenge)
	reader = bufio.NewReader(connection)
	if _, err = fmt.Fprintf(connection, "%s %x\n", tunnel.Node, challenge); err != nil {
		return
	}
	line, err := reader.ReadString('\n')
	if err != nil {
		return
	}
	peer, theirs, _ := strings.Cut(strings.TrimSpace(line), " ")
	if _, err = fmt.Fprintf(connection, "%s\n", tunnel.proof(tunnel.Node, theirs)); err != nil {
		return
	}
	if line, err = reader.ReadString('\n'); err != nil {
		return
	}
	if !hmac.Equal([]byte(strings.TrimSpace(line)), []byte(tunnel.proof(peer, hex.EncodeToString(challenge)))) {
		err = errors.New("failed to negotiate security protocol: the peer has another PSK")
	}
	return
}

func (tunnel *Tunnel) proof(node, challenge string) string {
	mac := hmac.New(sha256.New, tunnel.psk)
	fmt.Fprintf(mac, "%s %s", node, challenge)
	return hex.EncodeToString(mac.Sum(nil))
}

// keep makes the session the one of that node, and serves what the other end asks for in it.
func (tunnel *Tunnel) keep(node string, session *yamux.Session) {
	klog.Infof("connected to the agent on %s (%s)", node, session.RemoteAddr())
	tunnel.mutex.Lock()
	tunnel.sessions[node] = session
	tunnel.mutex.Unlock()
	go func() {
		for {
			stream, err := session.Accept()
			if err != nil {
				return
			}
			go serveStream(stream)
		}
	}()
}

// serveStream reads which pod is meant and connects the stream to it.
func serveStream(stream net.Conn) {
	reader := bufio.NewReader(stream)
	line, err := reader.ReadString('\n')
	if err != nil {
		stream.Close()
		return
	}
	pod, err := net.DialTimeout("tcp", strings.TrimSpace(line), dialTimeout)
	if err != nil {
		klog.Errorf("l4 proxy connect to %s err: %v", strings.TrimSpace(line), err)
		io.WriteString(stream, "-")
		stream.Close()
		return
	}
	if _, err := io.WriteString(stream, "+"); err != nil {
		stream.Close()
		pod.Close()
		return
	}
	link.Pipe(&readAhead{stream, reader}, pod)
}

// readAhead gives back first what a reader took from its connection.
type readAhead struct {
	net.Conn
	reader *bufio.Reader
}

func (connection *readAhead) Read(into []byte) (int, error) { return connection.reader.Read(into) }
