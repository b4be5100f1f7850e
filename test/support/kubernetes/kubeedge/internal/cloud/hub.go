package cloud

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/link"
	"edgelift.test/kubeedge/internal/messages"
)

// MetaPrefix marks what an edge's metaServer asks, as against its kubelet.
const MetaPrefix = "/meta"

// hub is the server on 10000: an edge connects with its certificate to wss://CLOUD:10000/<project>/<node>/events
// (KubeEdge v1.22.0 edge/pkg/edgehub/clients/clientfactory.go) and everything it does goes through that.
type hub struct {
	api               *kubeapi.Client
	tunnelPort        int
	dynamicController bool
	dynamic           *dynamic
}

// silentVariable makes CloudHub accept edges and answer none of their messages: seen once, after it had given out the
// certificate; edgecore then says `timeout to get response for message`.
const silentVariable = "CLOUDCORE_DOUBLE_SILENT"

func (hub *hub) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	node, found := strings.CutPrefix(request.TLS.PeerCertificates[0].Subject.CommonName, "system:node:")
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if !found || len(parts) != 3 || parts[1] != node || parts[2] != "events" {
		http.Error(writer, "the certificate is not that of the node in the path", http.StatusForbidden)
		return
	}
	session, err := link.Accept(writer, request)
	if err != nil {
		klog.Errorf("edge node %s: %v", node, err)
		return
	}
	klog.Infof("edge node %s for project %s connected", node, parts[0])
	server := &http.Server{Handler: hub.forward(node)}
	server.Serve(session)
	session.Close()
	klog.Infof("edge node %s disconnected", node)
}

// forward passes a node's requests on to the API server under cloudcore's own service account, as upstream does: it has
// no right to impersonate.
func (hub *hub) forward(node string) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(hub.api.Base)
			request.Out.Header.Del("Authorization")
			hub.api.Authorize(request.Out)
		},
		Transport:     hub.api.HTTP.Transport,
		FlushInterval: -1,
		ErrorHandler: func(writer http.ResponseWriter, request *http.Request, err error) {
			klog.Errorf("%s %s of %s: %v", request.Method, request.URL.Path, node, err)
			http.Error(writer, err.Error(), http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if os.Getenv(silentVariable) != "" {
			<-request.Context().Done()
			return
		}
		if isDynamic(request.URL.Path) && !hub.dynamicController {
			// Without the dynamic controller nobody in the cloud answers such a message
			// (KubeEdge v1.22.0 cloud/pkg/dynamiccontroller/dynamiccontroller.go).
			<-request.Context().Done()
			return
		}
		if hub.dynamic.serve(writer, request, node) {
			return
		}
		if path, found := strings.CutPrefix(request.URL.Path, MetaPrefix); found {
			request.URL.Path = path
			if !metaAllowed(request.Method, path) {
				http.Error(writer, "metaServer reads services, endpoints, nodes, pods and Istio's resources, and deletes pods", http.StatusForbidden)
				return
			}
		} else if !allowed(request, node) {
			http.Error(writer, "the hub carries no such request", http.StatusForbidden)
			return
		} else if strings.HasPrefix(request.URL.Path, "/api/v1/nodes") && request.Method != http.MethodGet {
			if err := hub.markNode(request, node); err != nil {
				http.Error(writer, err.Error(), http.StatusBadRequest)
				return
			}
		}
		proxy.ServeHTTP(writer, request)
	})
}

func isDynamic(path string) bool {
	return path == messages.WatchesPath || path == messages.MessagesPath || strings.HasPrefix(path, MetaPrefix+"/")
}

// markNode sets where the API server finds the node's kubelet: on the tunnel port, which leads to 10003 here
// (KubeEdge v1.22.0 cloud/pkg/edgecontroller/controller/upstream.go, kubeletEndpoint).
func (hub *hub) markNode(request *http.Request, node string) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, request.Body, maxRequest))
	if err != nil {
		return err
	}
	var object kubeapi.Object
	if err := json.Unmarshal(body, &object); err != nil {
		return err
	}
	if status, found := object["status"].(kubeapi.Object); found {
		if _, found := status["daemonEndpoints"]; found {
			status["daemonEndpoints"] = kubeapi.Object{"kubeletEndpoint": kubeapi.Object{"Port": hub.tunnelPort}}
		}
	}
	if body, err = json.Marshal(object); err != nil {
		return err
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}
