package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
	"github.com/hashicorp/yamux"
)

// registrationTime is how long an edgecore lives that has never reached cloudcore: a running one ended after 27 seconds
// with upstream's words, when 10000 was refused and when 10002 answered nothing.
const registrationTime = 27 * time.Second

var errNoCloud = errors.New("there is no connection to cloudcore")

// hub keeps the connection to cloudcore's port 10000 (KubeEdge v1.22.0 edge/pkg/edgehub/edgehub.go).
type hub struct {
	settings EdgeHub
	node     string
	// connected is closed at the first connection.
	connected chan struct{}
	// received is called at each connection.
	received func()
	mutex    sync.Mutex
	session  *yamux.Session
}

func newHub(settings EdgeHub, node string) *hub {
	return &hub{settings: settings, node: node, connected: make(chan struct{}), received: func() {}}
}

// run gets the certificate and then connects, again and again: two heartbeats after a failure or a loss.
func (hub *hub) run(ready func()) {
	certs := certificates{hub.settings, hub.node}
	certs.ensure()
	if hub.settings.RotateCertificates {
		go certs.rotate()
	}
	ready()
	wait := 2 * time.Duration(hub.settings.Heartbeat) * time.Second
	for first := true; ; {
		session, err := hub.dial(certs)
		if err != nil {
			klog.Errorf("connection failed: %v, will reconnect after %s", err, wait)
			time.Sleep(wait)
			continue
		}
		klog.Infof("Websocket connect to cloud access successful")
		// Said at every connection of an EdgeCore that is well (seen on running nodes).
		klog.ErrorAt("process.go:454", "metamanager not supported operation: connect")
		for _, group := range []string{"bus", "taskmanager"} {
			klog.ErrorAt("context_factory.go:171", "message context for group doesn't exist, group name: %s", group)
		}
		hub.use(session)
		go hub.received()
		if first {
			close(hub.connected)
			first = false
		}
		<-session.CloseChan()
		hub.use(nil)
		klog.Warningf("connection is broken, will reconnect after %s", wait)
		time.Sleep(wait)
	}
}

func (hub *hub) dial(certs certificates) (*yamux.Session, error) {
	config, err := certs.mutual()
	if err != nil {
		return nil, err
	}
	path := "/" + hub.settings.ProjectID + "/" + hub.node + "/events"
	return link.Dial(hub.settings.WebSocket.Server, path, http.Header{"Node_id": {hub.node}}, config)
}

func (hub *hub) use(session *yamux.Session) {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	hub.session = session
}

func (hub *hub) isConnected() bool {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	return hub.session != nil
}

// answerTime is after how long a message without an answer has failed (KubeEdge v1.22.0
// edge/pkg/metamanager/client/metaclient.go, syncMsgRespTimeout).
const answerTime = time.Minute

// transport sends requests through the connection, each in a stream of its own; they fail at once while there is none.
func (hub *hub) transport() *http.Transport {
	return &http.Transport{
		DisableCompression:    true,
		DisableKeepAlives:     true,
		ResponseHeaderTimeout: answerTime,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			hub.mutex.Lock()
			session := hub.session
			hub.mutex.Unlock()
			if session == nil {
				return nil, errNoCloud
			}
			return session.Open()
		},
	}
}

// registerOrDie ends the program when a node that was never registered does not reach cloudcore in time.
func (hub *hub) registerOrDie(store *store) {
	if store.registered(hub.node) {
		return
	}
	select {
	case <-hub.connected:
	case <-time.After(registrationTime):
		klog.FatalAt("csi_plugin.go:319", "Failed to initialize CSINode after retrying: timed out waiting for the condition")
	}
}
