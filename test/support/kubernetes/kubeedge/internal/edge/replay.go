package edge

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/kubeapi"
)

// replayed are the lists that metaServer keeps up to date by itself while there is a connection.
var replayed = []string{"/api/v1/services", "/api/v1/endpoints"}

// replay is a fault of KubeEdge v1.22.0's metaServer, seen on running nodes: what changed in the cloud while the edge had
// no connection stays unknown to it. Its database goes over the fresh list, after a restart of edgecore, too, until the
// object changes once more. So edge pods look for cloud pods at the addresses from before the cloud's power loss.
type replay struct {
	path  string
	store *store
	// connection counts the connections to the cloud.
	connection func() int
	ask        func(context.Context, *http.Request) (*http.Response, error)

	mutex sync.Mutex
	known int
	stale map[string]json.RawMessage
}

// run follows the list for ever.
func (replay *replay) run() {
	for ; ; time.Sleep(500 * time.Millisecond) {
		current := replay.connection()
		version, err := replay.list(current)
		if err == nil {
			replay.follow(version)
		}
	}
}

func (replay *replay) list(current int) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), metaTimeout)
	defer cancel()
	response, err := replay.get(ctx, nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var fresh map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&fresh); err != nil {
		return "", err
	}
	var metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	}
	if err := json.Unmarshal(fresh["metadata"], &metadata); err != nil {
		return "", err
	}
	return metadata.ResourceVersion, replay.merge(fresh, current)
}

// merge takes a fresh list in. After a new connection an object that is known in another version stays as it was known.
func (replay *replay) merge(fresh map[string]json.RawMessage, current int) error {
	before := map[string]json.RawMessage{}
	if known, found := replay.store.get(replay.key()); found {
		var list kubeapi.List
		if json.Unmarshal(known, &list) == nil {
			before = byKey(list.Items)
		}
	}
	var items []json.RawMessage
	if err := json.Unmarshal(fresh["items"], &items); err != nil {
		return err
	}
	replay.mutex.Lock()
	defer replay.mutex.Unlock()
	kept := map[string]json.RawMessage{}
	for key, item := range byKey(items) {
		old, found := before[key]
		_, already := replay.stale[key]
		if found && versionOf(old) != versionOf(item) && (already || current != replay.known) {
			kept[key] = old
		}
	}
	replay.stale, replay.known = kept, current
	fresh["items"], _ = json.Marshal(overlaid(items, kept))
	body, err := json.Marshal(fresh)
	if err == nil {
		replay.store.put(replay.key(), body)
	}
	return err
}

func (replay *replay) follow(version string) {
	response, err := replay.get(context.Background(), url.Values{"watch": {"true"}, "resourceVersion": {version}})
	if err != nil {
		return
	}
	defer response.Body.Close()
	events := json.NewDecoder(response.Body)
	for {
		var event kubeapi.Event
		if events.Decode(&event) != nil || event.Type == "ERROR" {
			return
		}
		var meta kubeapi.Meta
		if json.Unmarshal(event.Object, &meta) == nil {
			replay.mutex.Lock()
			delete(replay.stale, meta.Key())
			replay.mutex.Unlock()
			replay.store.apply(replay.key(), event)
		}
	}
}

// over puts what is known into the place of what a fresh list says.
func (replay *replay) over(body []byte) []byte {
	var list map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(body, &list) != nil || json.Unmarshal(list["items"], &items) != nil {
		return body
	}
	replay.mutex.Lock()
	list["items"], _ = json.Marshal(overlaid(items, replay.stale))
	replay.mutex.Unlock()
	changed, err := json.Marshal(list)
	if err != nil {
		return body
	}
	return changed
}

func (replay *replay) key() string { return "/meta" + replay.path + "?" }

func (replay *replay) get(ctx context.Context, query url.Values) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, replay.path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	return replay.ask(ctx, request)
}

func overlaid(items []json.RawMessage, by map[string]json.RawMessage) []json.RawMessage {
	result := []json.RawMessage{}
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) == nil {
			if old, found := by[meta.Key()]; found {
				item = old
			}
		}
		result = append(result, item)
	}
	return result
}

func byKey(items []json.RawMessage) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) == nil {
			found[meta.Key()] = item
		}
	}
	return found
}

func versionOf(item json.RawMessage) string {
	var meta kubeapi.Meta
	if json.Unmarshal(item, &meta) != nil {
		return ""
	}
	return meta.Metadata.ResourceVersion
}
