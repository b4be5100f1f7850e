package cloud

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/link"
	"github.com/hashicorp/yamux"
)

// streams joins what the API server asks of a kubelet on 10003 to the tunnel that the node opened to 10004: logs, exec,
// attach, port-forward, statistics (KubeEdge v1.22.0 cloud/pkg/cloudstream).
type streams struct {
	mutex   sync.Mutex
	tunnels map[string]*yamux.Session
}

// tunnelHandler takes the tunnels of edges, on wss://CLOUD:10004/v1/kubeedge/connect.
func (streams *streams) tunnelHandler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v1/kubeedge/connect", func(writer http.ResponseWriter, request *http.Request) {
		node := strings.TrimPrefix(request.TLS.PeerCertificates[0].Subject.CommonName, "system:node:")
		names := []string{node, request.Header.Get("SessionIP")}
		session, err := link.Accept(writer, request)
		if err != nil {
			klog.Errorf("tunnel of %s: %v", node, err)
			return
		}
		klog.Infof("get a new tunnel agent hostname %s, internalIP %s", names[0], names[1])
		streams.keep(session, names)
		<-session.CloseChan()
		streams.forget(session)
	})
	return routes
}

func (streams *streams) keep(session *yamux.Session, names []string) {
	streams.mutex.Lock()
	defer streams.mutex.Unlock()
	for _, name := range names {
		streams.tunnels[name] = session
	}
}

func (streams *streams) forget(session *yamux.Session) {
	streams.mutex.Lock()
	defer streams.mutex.Unlock()
	for name, one := range streams.tunnels {
		if one == session {
			delete(streams.tunnels, name)
		}
	}
}

func (streams *streams) find(host string) (*yamux.Session, bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	streams.mutex.Lock()
	defer streams.mutex.Unlock()
	session, found := streams.tunnels[host]
	return session, found
}

// streamHandler answers the API server. iptables-manager has turned `node:10351` into this server, but the request
// still names the node in its Host.
func (streams *streams) streamHandler() http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme, request.Out.URL.Host = "https", request.In.Host
		},
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
				session, found := streams.find(address)
				if !found {
					return nil, net.UnknownNetworkError("no tunnel of " + address)
				}
				stream, err := session.Open()
				if err != nil {
					return nil, err
				}
				if _, err := io.WriteString(stream, contentOf(ctx)); err != nil {
					return nil, err
				}
				// The kubelet's own certificate is self-signed, and the tunnel has proved who it is.
				return tls.Client(stream, &tls.Config{InsecureSkipVerify: true}), nil
			},
		},
		FlushInterval: -1,
		ErrorHandler: func(writer http.ResponseWriter, request *http.Request, err error) {
			klog.Errorf("%s %s: %v", request.Method, request.URL.Path, err)
			http.Error(writer, err.Error(), http.StatusInternalServerError)
		},
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		ctx := context.WithValue(request.Context(), pathKey{}, request.URL.Path)
		proxy.ServeHTTP(writer, request.WithContext(ctx))
	})
}

type pathKey struct{}

// contentOf tells the edge what a stream is for.
func contentOf(ctx context.Context) string {
	if path, _ := ctx.Value(pathKey{}).(string); strings.HasPrefix(path, "/exec/") {
		return link.Exec
	}
	return link.Other
}
