package edge

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"regexp"
	"strings"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// proxy is the only API server that the kubelet knows: it listens on the loopback address, and what it is asked goes
// through the hub. It makes of a kubelet what an edged is, as far as that shows.
type proxy struct {
	hub    *hub
	store  *store
	labels map[string]string
}

// Kinds that KubeEdge v1.22.0 answers on the edge itself (edge/pkg/edged/kubeclientbridge): they have no message.
var local = regexp.MustCompile(`^/apis/(storage\.k8s\.io|node\.k8s\.io|resource\.k8s\.io|certificates\.k8s\.io|authentication\.k8s\.io|authorization\.k8s\.io)/`)

// hidden keeps the API's own service from the kubelet. An edge pod gets no KUBERNETES_PORT, by which edgemesh-agent knows
// where it runs (KubeEdge v1.22.0 vendor/k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go), and no KUBERNETES_SERVICE_HOST
// where upstream sets an empty one.
func hidden(meta kubeapi.Meta) bool { return meta.Key() == "default/kubernetes" }

func (proxy *proxy) handler() http.Handler {
	forward := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme, request.Out.URL.Host = "http", "cloudcore"
		},
		Transport:     proxy.hub.transport(),
		FlushInterval: -1,
		ModifyResponse: func(response *http.Response) error {
			if response.Request.URL.Path == "/api/v1/services" {
				return proxy.store.remember(response, hidden)
			}
			return proxy.store.remember(response, nil)
		},
		ErrorHandler: proxy.offline,
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if local.MatchString(request.URL.Path) {
			answerLocally(writer, request)
			return
		}
		if strings.HasPrefix(request.URL.Path, "/api/v1/nodes") && request.Method != http.MethodGet {
			if err := proxy.markNode(request); err != nil {
				writeStatus(writer, http.StatusBadRequest, "BadRequest", err.Error())
				return
			}
		}
		if request.Method == http.MethodDelete && strings.Contains(request.URL.Path, "/pods/") {
			logDeletion(request)
		}
		forward.ServeHTTP(writer, request)
	})
}

// logDeletion says what upstream says of the options with which its kubelet deletes a pod: they have no kind
// (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver/kubernetes/storage/sqlite/imitator/imitator.go, seen on running nodes).
func logDeletion(request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	var options kubeapi.Object
	if json.Unmarshal(body, &options) != nil {
		return
	}
	delete(options, "kind")
	delete(options, "apiVersion")
	plain, _ := json.Marshal(options)
	klog.ErrorAt("imitator.go:266", "failed to unmarshal message content to unstructured obj: Object 'Kind' is missing in '%s'", plain)
}

// markNode gives the node the labels of an edge, and the version that edgecore reports in place of the kubelet's
// (KubeEdge v1.22.0 vendor/k8s.io/kubernetes/pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go).
func (proxy *proxy) markNode(request *http.Request) error {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err
	}
	var node kubeapi.Object
	if err := json.Unmarshal(body, &node); err != nil {
		return err
	}
	if metadata, found := node["metadata"].(kubeapi.Object); found && request.Method == http.MethodPost {
		labels, _ := metadata["labels"].(kubeapi.Object)
		if labels == nil {
			labels = kubeapi.Object{}
		}
		labels["node-role.kubernetes.io/edge"], labels["node-role.kubernetes.io/agent"] = "", ""
		for name, value := range proxy.labels {
			labels[name] = value
		}
		metadata["labels"] = labels
		proxy.store.register(proxy.hub.node)
	}
	if status, found := node["status"].(kubeapi.Object); found {
		if info, found := status["nodeInfo"].(kubeapi.Object); found {
			info["kubeletVersion"] = kubeletVersion
		}
	}
	if body, err = json.Marshal(node); err != nil {
		return err
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// answerLocally knows nothing of these kinds, and takes whatever the kubelet makes.
func answerLocally(writer http.ResponseWriter, request *http.Request) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	switch {
	case request.Method == http.MethodPost:
		writer.Header().Set("Content-Type", "application/json")
		writer.WriteHeader(http.StatusCreated)
		io.Copy(writer, request.Body)
	case request.Method == http.MethodGet && len(parts) == 4 && isWatch(request.URL.Query()):
		writer.Header().Set("Content-Type", "application/json")
		writer.WriteHeader(http.StatusOK)
		http.NewResponseController(writer).Flush()
		<-request.Context().Done()
	case request.Method == http.MethodGet && len(parts) == 4:
		writeJSON(writer, http.StatusOK, emptyList(request.URL.Path))
	default:
		writeStatus(writer, http.StatusNotFound, "NotFound", request.URL.Path+" is not known on the edge")
	}
}

var listKinds = map[string]string{
	"csidrivers": "CSIDriverList", "csinodes": "CSINodeList", "runtimeclasses": "RuntimeClassList",
	"resourceslices": "ResourceSliceList", "resourceclaims": "ResourceClaimList", "services": "ServiceList",
	"endpoints": "EndpointsList", "nodes": "NodeList", "pods": "PodList", "endpointslices": "EndpointSliceList",
}

// emptyList is a list of the kind in the path's last part.
func emptyList(path string) kubeapi.Object {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	version, resource := "v1", parts[len(parts)-1]
	if parts[0] == "apis" && len(parts) > 2 {
		version = parts[1] + "/" + parts[2]
	}
	kind, found := listKinds[resource]
	if !found {
		kind = "List"
	}
	return kubeapi.Object{"kind": kind, "apiVersion": version, "metadata": kubeapi.Object{"resourceVersion": "1"}, "items": []any{}}
}
