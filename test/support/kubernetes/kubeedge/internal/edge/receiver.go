package edge

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/messages"
)

// receiver takes what the cloud sends of its own accord (KubeEdge v1.22.0 edge/pkg/metamanager/process.go).
type receiver struct {
	store     *store
	transport http.RoundTripper

	mutex        sync.Mutex
	acknowledged messages.Acknowledged
}

func newReceiver(store *store, transport http.RoundTripper) *receiver {
	opened := &receiver{store: store, transport: transport, acknowledged: messages.Acknowledged{}}
	if known, found := store.get(acknowledgedKey); found {
		json.Unmarshal(known, &opened.acknowledged)
	}
	return opened
}

// run takes messages for as long as the connection lasts.
func (receiver *receiver) run() {
	receiver.mutex.Lock()
	known, _ := json.Marshal(receiver.acknowledged)
	receiver.mutex.Unlock()
	stream, err := receiver.post(messages.MessagesPath, known)
	if err != nil {
		klog.Warningf("no messages of the cloud: %v", err)
		return
	}
	defer stream.Close()
	for decoder := json.NewDecoder(stream); ; {
		var message messages.Message
		if decoder.Decode(&message) != nil {
			return
		}
		arrived, err := receiver.take(message)
		if err != nil {
			klog.Errorf("message about %s: %v", message.Collection, err)
			continue
		}
		encoded, _ := json.Marshal(arrived)
		if answer, err := receiver.post(messages.AcknowledgedPath, encoded); err == nil {
			answer.Close()
		}
	}
}

// take keeps an object and acknowledges it. One without `kind` is acknowledged and lost: an object that the cloud
// updated while it had no handler stays on the edge as it was.
func (receiver *receiver) take(message messages.Message) (messages.Acknowledged, error) {
	one, err := objectOf(message.Collection, message.Object)
	if err != nil {
		return nil, err
	}
	var typed struct {
		Kind string `json:"kind"`
	}
	json.Unmarshal(message.Object, &typed)
	switch {
	case typed.Kind == "":
		klog.ErrorAt("imitator.go:266", "failed to unmarshal message content to unstructured obj: Object 'Kind' is missing in '%s'", message.Object)
	case message.Operation == messages.Delete:
		receiver.store.objects.remove(one)
	default:
		if one.resource.Plural == "endpoints" {
			klog.ErrorAt("edged.go:362", "resType is not pod or configmap or secret or volume: resType is endpoints")
		}
		receiver.store.objects.put(one, true)
	}
	version, _ := strconv.ParseUint(one.meta.Metadata.ResourceVersion, 10, 64)
	key := messages.Key(message.Collection, one.meta.Key())
	receiver.mutex.Lock()
	defer receiver.mutex.Unlock()
	arrived := messages.Acknowledged{key: version}
	receiver.acknowledged[key] = version
	if message.Operation == messages.Delete {
		delete(receiver.acknowledged, key)
		arrived = messages.Acknowledged{}
	}
	if encoded, err := json.Marshal(receiver.acknowledged); err == nil {
		receiver.store.put(acknowledgedKey, encoded)
	}
	return arrived, nil
}

func (receiver *receiver) post(path string, body []byte) (io.ReadCloser, error) {
	request, err := http.NewRequest(http.MethodPost, "http://cloudcore"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := receiver.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
