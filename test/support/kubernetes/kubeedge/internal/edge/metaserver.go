package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

// metaTimeout is after how long metaServer gives up on the cloud and answers from its database: about ten seconds on a
// running node without dynamicController (EdgeMesh v1.17.0 docs/guide/edge-kube-api.md).
const metaTimeout = 10 * time.Second

// metaServer is the edge's API on 127.0.0.1:10550, over plain HTTP
// (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver/server.go). Of what upstream's can write, this one deletes pods. A list is the cloud's, and is kept nowhere; one object is
// the cloud's, and replaces what the database has of it, without a word to those who watch it; one that the cloud has no
// more is the database's (kubernetes/storage/storage.go, Get); a watch is the database's.
type metaServer struct {
	objects      *objects
	transport    http.RoundTripper
	applications *applications
}

func newMetaServer(hub *hub, store *store) *metaServer {
	transport := hub.transport()
	open := &applications{connected: hub.isConnected, transport: transport, open: map[messages.Watch]int{}}
	return &metaServer{store.objects, transport, open}
}

func (server *metaServer) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	resource, known := messages.ParsePath(request.URL.Path)
	switch {
	case request.Method == http.MethodDelete && resource.Plural == "pods" && resource.Name != "":
		server.pass(writer, request)
	case request.Method != http.MethodGet:
		writeStatus(writer, http.StatusMethodNotAllowed, "MethodNotAllowed", "this double of metaServer only reads, and deletes pods")
	case !known:
		writeStatus(writer, http.StatusNotFound, "NotFound", "this double of metaServer has no "+request.URL.Path)
	case isWatch(request.URL.Query()):
		server.watch(writer, request)
	default:
		server.read(writer, request, resource)
	}
}

func (server *metaServer) read(writer http.ResponseWriter, request *http.Request, resource messages.Resource) {
	ctx, cancel := context.WithTimeout(request.Context(), metaTimeout)
	defer cancel()
	began := time.Now()
	code, body, err := server.ask(ctx, request)
	if err != nil {
		klog.Warningf("[metaserver/reststorage] failed to read %s from cloud, answering from the database: %v", request.URL.Path, err)
		time.Sleep(metaTimeout - time.Since(began))
		server.recall(writer, request, resource)
		return
	}
	if code == http.StatusNotFound && resource.Name != "" {
		server.recall(writer, request, resource)
		return
	}
	if code == http.StatusOK && resource.Name != "" {
		if one, err := objectOf(resource.Collection(), body); err == nil {
			server.objects.put(one, false)
		}
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	writer.Write(body)
}

// pass has the cloud do it, with CloudCore's rights.
func (server *metaServer) pass(writer http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), metaTimeout)
	defer cancel()
	code, body, err := server.ask(ctx, request)
	if err != nil {
		writeStatus(writer, http.StatusInternalServerError, "InternalError", err.Error())
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	writer.Write(body)
}

// ask sends a request to the cloud's dynamic controller.
func (server *metaServer) ask(ctx context.Context, request *http.Request) (int, []byte, error) {
	asked := request.Clone(ctx)
	asked.RequestURI = ""
	asked.URL.Scheme, asked.URL.Host, asked.URL.Path = "http", "cloudcore", "/meta"+request.URL.Path
	response, err := server.transport.RoundTrip(asked)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusBadGateway {
		return 0, nil, errNoCloud
	}
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, bytes.TrimSpace(body), err
}

func (server *metaServer) recall(writer http.ResponseWriter, request *http.Request, resource messages.Resource) {
	if resource.Name == "" {
		list := emptyList(request.URL.Path)
		list["items"] = server.objects.list(messages.WatchOf(request.URL.Path, request.URL.Query()))
		writeJSON(writer, http.StatusOK, list)
		return
	}
	if body, found := server.objects.get(resource); found {
		writer.Header().Set("Content-Type", "application/json")
		writer.Write(body)
		return
	}
	writeStatus(writer, http.StatusNotFound, "NotFound", resource.Plural+" \""+resource.Name+"\" not found")
}

// watch sends what the database has, and then what comes, until the client's time is over.
func (server *metaServer) watch(writer http.ResponseWriter, request *http.Request) {
	watch := messages.WatchOf(request.URL.Path, request.URL.Query())
	end, err := server.applications.apply(request.Context(), watch)
	defer end()
	if err != nil {
		klog.Errorf("[metaserver/reststorage] failed to apply for a watch listener from cloud, %v", err)
	}
	ctx := request.Context()
	if seconds, _ := strconv.Atoi(request.URL.Query().Get("timeoutSeconds")); seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(http.StatusOK)
	flusher, encoder := http.NewResponseController(writer), json.NewEncoder(writer)
	flusher.Flush()
	watcher, stop := server.objects.watch(watch)
	defer stop()
	for {
		for _, event := range watcher.events() {
			if encoder.Encode(kubeapi.Event{Type: event.Type, Object: event.Object}) != nil {
				return
			}
		}
		flusher.Flush()
		select {
		case <-ctx.Done():
			return
		case <-watcher.wake:
		}
	}
}
