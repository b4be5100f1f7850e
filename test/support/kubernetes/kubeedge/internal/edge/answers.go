package edge

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"edgelift.test/kubeedge/internal/kubeapi"
)

// isWatch tells a watch from a list.
func isWatch(query url.Values) bool { return query.Get("watch") == "true" || query.Get("watch") == "1" }

// keyOf names what a GET asks for: the same for a list and for the watch that follows it.
func keyOf(request *http.Request) string {
	query := request.URL.Query()
	selected := url.Values{}
	for _, name := range []string{"fieldSelector", "labelSelector"} {
		if value := query.Get(name); value != "" {
			selected.Set(name, value)
		}
	}
	return request.URL.Path + "?" + selected.Encode()
}

// remember keeps a successful answer of the cloud, and leaves out of it the objects that hidden names.
func (store *store) remember(response *http.Response, hidden func(kubeapi.Meta) bool) error {
	request := response.Request
	if request.Method != http.MethodGet || response.StatusCode != http.StatusOK {
		return nil
	}
	key := keyOf(request)
	response.Header.Del("Content-Length")
	response.ContentLength = -1
	if isWatch(request.URL.Query()) {
		reader, writer := io.Pipe()
		source := response.Body
		response.Body = struct {
			io.Reader
			io.Closer
		}{reader, source}
		go func() { writer.CloseWithError(store.follow(key, source, writer, hidden)) }()
		return nil
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return err
	}
	body = without(body, hidden)
	store.put(key, body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// follow copies the events of a watch, and takes each into account.
func (store *store) follow(key string, source io.Reader, target io.Writer, hidden func(kubeapi.Meta) bool) error {
	events, encoder := json.NewDecoder(source), json.NewEncoder(target)
	for {
		var event kubeapi.Event
		if err := events.Decode(&event); err != nil {
			return err
		}
		var meta kubeapi.Meta
		if event.Type == "ADDED" || event.Type == "MODIFIED" || event.Type == "DELETED" {
			if json.Unmarshal(event.Object, &meta) == nil && hidden != nil && hidden(meta) {
				continue
			}
			store.apply(key, event)
		}
		if err := encoder.Encode(event); err != nil {
			return err
		}
	}
}

// without leaves objects out of a list.
func without(body []byte, hidden func(kubeapi.Meta) bool) []byte {
	var list map[string]json.RawMessage
	var items []json.RawMessage
	if hidden == nil || json.Unmarshal(body, &list) != nil || json.Unmarshal(list["items"], &items) != nil {
		return body
	}
	kept := []json.RawMessage{}
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) != nil || !hidden(meta) {
			kept = append(kept, item)
		}
	}
	list["items"], _ = json.Marshal(kept)
	shorter, err := json.Marshal(list)
	if err != nil {
		return body
	}
	return shorter
}

func writeJSON(writer http.ResponseWriter, code int, body any) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	json.NewEncoder(writer).Encode(body)
}

func writeStatus(writer http.ResponseWriter, code int, reason, message string) {
	writeJSON(writer, code, kubeapi.Object{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message,
	})
}
