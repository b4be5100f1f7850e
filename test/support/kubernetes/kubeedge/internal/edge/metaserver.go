package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// metaTimeout is after how long metaServer gives up on the cloud and answers from its database: about ten seconds on a
// running node without dynamicController (EdgeMesh v1.17.0 docs/guide/edge-kube-api.md).
const metaTimeout = 10 * time.Second

// metaServer is the edge's read-only API on 127.0.0.1:10550, over plain HTTP
// (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver/server.go).
type metaServer struct {
	store     *store
	transport http.RoundTripper
	replays   map[string]*replay
}

func newMetaServer(hub *hub, store *store) *metaServer {
	server := &metaServer{store, hub.transport(), map[string]*replay{}}
	for _, path := range replayed {
		one := &replay{path: path, store: store, connection: hub.connection, ask: server.ask}
		server.replays[path] = one
		go one.run()
	}
	return server
}

func (server *metaServer) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		writeStatus(writer, http.StatusMethodNotAllowed, "MethodNotAllowed", "this double of metaServer only reads")
		return
	}
	if isWatch(request.URL.Query()) {
		server.watch(writer, request)
		return
	}
	ctx, cancel := context.WithTimeout(request.Context(), metaTimeout)
	defer cancel()
	began := time.Now()
	code, body, err := server.list(ctx, request)
	if err != nil {
		klog.Warningf("metaServer: %s: %v, answering from the database", request.URL.Path, err)
		time.Sleep(metaTimeout - time.Since(began))
		server.recall(writer, request)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	writer.Write(body)
}

func (server *metaServer) list(ctx context.Context, request *http.Request) (int, []byte, error) {
	response, err := server.ask(ctx, request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	one, isReplayed := server.replays[request.URL.Path]
	if !isReplayed {
		if err := server.store.remember(response, nil); err != nil {
			return 0, nil, err
		}
	}
	body, err := io.ReadAll(response.Body)
	if isReplayed && response.StatusCode == http.StatusOK {
		body = one.over(body)
	}
	return response.StatusCode, bytes.TrimSpace(body), err
}

// watch answers at once and sends what comes, which is nothing while the cloud does not answer.
func (server *metaServer) watch(writer http.ResponseWriter, request *http.Request) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(writer)
	flusher.Flush()
	response, err := server.ask(request.Context(), request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	events, encoder := json.NewDecoder(response.Body), json.NewEncoder(writer)
	for {
		var event kubeapi.Event
		if events.Decode(&event) != nil || encoder.Encode(event) != nil {
			return
		}
		flusher.Flush()
	}
}

// ask sends a request to the cloud's dynamic controller.
func (server *metaServer) ask(ctx context.Context, request *http.Request) (*http.Response, error) {
	asked := request.Clone(ctx)
	asked.RequestURI = ""
	asked.URL.Scheme, asked.URL.Host, asked.URL.Path = "http", "cloudcore", "/meta"+request.URL.Path
	response, err := server.transport.RoundTrip(asked)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusBadGateway {
		response.Body.Close()
		return nil, errNoCloud
	}
	response.Request = asked
	return response, nil
}

func (server *metaServer) recall(writer http.ResponseWriter, request *http.Request) {
	asked := request.Clone(request.Context())
	asked.URL.Path = "/meta" + request.URL.Path
	if body, found := server.store.get(keyOf(asked)); found {
		writer.Header().Set("Content-Type", "application/json")
		writer.Write(body)
		return
	}
	writeJSON(writer, http.StatusOK, emptyList(request.URL.Path))
}
