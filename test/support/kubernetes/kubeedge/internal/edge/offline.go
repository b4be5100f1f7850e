package edge

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"edgelift.test/kubeedge/internal/klog"
)

// offline answers from the database while the cloud is out of reach. Tokens of service accounts are not in it: a pod
// that wants one does not start then (a running node showed these words).
func (proxy *proxy) offline(writer http.ResponseWriter, request *http.Request, err error) {
	code, reason := http.StatusServiceUnavailable, "ServiceUnavailable"
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		err = fmt.Errorf("%s failed, err: timeout to get response for message %s", wordsFor(request), messageID())
		klog.Errorf("%v", err)
		code, reason = http.StatusInternalServerError, "InternalError"
	}
	if request.Method == http.MethodGet && !isWatch(request.URL.Query()) {
		if body, found := proxy.store.get(keyOf(request)); found {
			writer.Header().Set("Content-Type", "application/json")
			writer.Write(body)
			return
		}
	}
	if strings.HasSuffix(request.URL.Path, "/token") {
		writeStatus(writer, http.StatusInternalServerError, "InternalError", "serviceaccount length from meta db is 0")
		return
	}
	writeStatus(writer, code, reason, err.Error())
}

var verbs = map[string]string{
	http.MethodGet: "get", http.MethodPost: "create", http.MethodDelete: "delete",
	http.MethodPut: "update", http.MethodPatch: "update",
}

// wordsFor says what failed as KubeEdge v1.22.0 edge/pkg/metamanager/client does: `create node`, `get configmap`.
func wordsFor(request *http.Request) string {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	for _, part := range parts {
		if strings.HasSuffix(part, "s") && part != "apis" && part != "namespaces" && part != "status" {
			return verbs[request.Method] + " " + strings.TrimSuffix(part, "s")
		}
	}
	return verbs[request.Method] + " " + request.URL.Path
}

// messageID is a random UUID, as upstream numbers its messages.
func messageID() string {
	id := make([]byte, 16)
	rand.Read(id)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
