package cloud

import (
	"encoding/json"
	"maps"
	"net/http"

	"edgelift.test/kubeedge/internal/messages"
)

// serve answers what an edge sends here besides its requests to the API server; it tells whether it did.
func (dynamic *dynamic) serve(writer http.ResponseWriter, request *http.Request, name string) bool {
	switch request.URL.Path {
	case messages.WatchesPath:
		var announcement messages.Announcement
		if decode(writer, request, &announcement) {
			dynamic.announced(name, announcement)
		}
	case messages.AcknowledgedPath:
		var arrived messages.Acknowledged
		if decode(writer, request, &arrived) {
			dynamic.mutex.Lock()
			maps.Copy(dynamic.node(name).acknowledged, arrived)
			dynamic.mutex.Unlock()
		}
	case messages.MessagesPath:
		arrived := messages.Acknowledged{}
		if decode(writer, request, &arrived) {
			dynamic.stream(writer, request, name, arrived)
		}
	default:
		return false
	}
	return true
}

func decode(writer http.ResponseWriter, request *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(writer, request.Body, maxRequest)).Decode(into)
	if err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

func (dynamic *dynamic) stream(writer http.ResponseWriter, request *http.Request, name string, arrived messages.Acknowledged) {
	dynamic.mutex.Lock()
	edge := dynamic.node(name)
	edge.acknowledged = arrived // a reinstalled edge has nothing
	dynamic.mutex.Unlock()
	go dynamic.keepInSync(request.Context(), name)
	flusher, encoder := http.NewResponseController(writer), json.NewEncoder(writer)
	for {
		for _, message := range dynamic.next(edge) {
			if encoder.Encode(message) != nil {
				return // what is lost on the way, the SyncController sends again
			}
		}
		flusher.Flush()
		select {
		case <-request.Context().Done():
			return
		case <-edge.wake:
		}
	}
}
