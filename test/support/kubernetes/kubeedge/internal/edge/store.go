package edge

import (
	"encoding/json"
	"os"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
)

// store is the node's memory in `database.dataSource`: what the cloud last answered, with what watches changed since. A
// node that starts while the cloud is out of reach runs its pods from it. Upstream's is SQLite
// (KubeEdge v1.22.0 edge/pkg/metamanager/dao); this is JSON.
type store struct {
	file  string
	mutex sync.Mutex
	dirty bool
	Node  string                     `json:"node"`
	Known map[string]json.RawMessage `json:"known"`
}

func openStore(file string) *store {
	opened := &store{file: file, dirty: true, Known: map[string]json.RawMessage{}}
	content, err := os.ReadFile(file)
	if err == nil && json.Unmarshal(content, opened) != nil {
		klog.Warningf("%s is no database of this program: it begins anew", file)
	}
	if opened.Known == nil {
		opened.Known = map[string]json.RawMessage{}
	}
	go func() {
		for range time.Tick(time.Second) {
			if err := opened.save(); err != nil {
				klog.Errorf("database: %v", err)
			}
		}
	}()
	return opened
}

func (store *store) registered(node string) bool {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	return store.Node == node
}

func (store *store) register(node string) {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	store.Node, store.dirty = node, true
}

func (store *store) get(key string) (json.RawMessage, bool) {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	body, found := store.Known[key]
	return body, found
}

func (store *store) put(key string, body []byte) {
	if !json.Valid(body) {
		return
	}
	store.mutex.Lock()
	defer store.mutex.Unlock()
	store.Known[key], store.dirty = body, true
}

// apply changes a list that was put under the key by an event of its watch.
func (store *store) apply(key string, event kubeapi.Event) {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	var list map[string]json.RawMessage
	var changed kubeapi.Meta
	if json.Unmarshal(store.Known[key], &list) != nil || json.Unmarshal(event.Object, &changed) != nil {
		return
	}
	var items, kept []json.RawMessage
	json.Unmarshal(list["items"], &items)
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) == nil && meta.Key() != changed.Key() {
			kept = append(kept, item)
		}
	}
	if event.Type != "DELETED" {
		kept = append(kept, event.Object)
	}
	if list["items"], _ = json.Marshal(kept); kept == nil {
		list["items"] = json.RawMessage("[]")
	}
	store.Known[key], _ = json.Marshal(list)
	store.dirty = true
}

func (store *store) save() error {
	store.mutex.Lock()
	if !store.dirty {
		store.mutex.Unlock()
		return nil
	}
	store.dirty = false
	content, err := json.Marshal(store)
	store.mutex.Unlock()
	if err != nil {
		return err
	}
	if err := os.WriteFile(store.file+".tmp", content, 0o600); err != nil {
		return err
	}
	return os.Rename(store.file+".tmp", store.file)
}
