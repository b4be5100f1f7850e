package edge

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

// objects is the table meta_v2 with those who watch it. Only what the cloud sends of its own accord gets to them
// (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver/kubernetes/storage/sqlite/imitator).
type objects struct {
	mutex    sync.Mutex
	rows     map[string]object
	changed  map[string]bool
	watchers map[*watcher]bool
}

type object struct {
	resource messages.Resource
	meta     kubeapi.Meta
	content  json.RawMessage
}

type watcher struct {
	watch messages.Watch
	mutex sync.Mutex
	queue []kubeapi.Event
	wake  chan struct{}
}

func readObjects(database *sql.DB) (*objects, error) {
	found := &objects{rows: map[string]object{}, changed: map[string]bool{}, watchers: map[*watcher]bool{}}
	rows, err := database.Query("SELECT key, value FROM meta_v2")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var key, content string
		if err := rows.Scan(&key, &content); err != nil {
			return nil, err
		}
		resource, known := messages.ParseDatabaseKey(key)
		if one, err := objectOf(resource.Collection(), []byte(content)); known && err == nil {
			found.rows[key] = one
		}
	}
	return found, errors.Join(rows.Err(), rows.Close())
}

func (object object) key() string { return object.resource.DatabaseKey() }

// objectOf takes the object's place from itself: the collection is where it belongs.
func objectOf(collection string, content []byte) (object, error) {
	resource, _ := messages.ParsePath(collection)
	found := object{resource: resource, content: content}
	if err := json.Unmarshal(content, &found.meta); err != nil {
		return found, err
	}
	found.resource.Namespace, found.resource.Name = found.meta.Metadata.Namespace, found.meta.Metadata.Name
	return found, nil
}

// put keeps an object, and lets the watchers know when tell is true.
func (objects *objects) put(one object, tell bool) {
	objects.mutex.Lock()
	defer objects.mutex.Unlock()
	_, known := objects.rows[one.key()]
	objects.rows[one.key()], objects.changed[one.key()] = one, true
	if tell {
		objects.tell(map[bool]string{false: "ADDED", true: "MODIFIED"}[known], one)
	}
}

// remove forgets an object and lets the watchers know.
func (objects *objects) remove(one object) {
	objects.mutex.Lock()
	defer objects.mutex.Unlock()
	delete(objects.rows, one.key())
	objects.changed[one.key()] = true
	objects.tell("DELETED", one)
}

func (objects *objects) tell(kind string, one object) {
	for watcher := range objects.watchers {
		watcher.take(kind, one)
	}
}

func (watcher *watcher) take(kind string, one object) {
	if watcher.watch.Resource().Collection() != one.resource.Collection() || !watcher.watch.Matches(one.meta) {
		return
	}
	watcher.mutex.Lock()
	watcher.queue = append(watcher.queue, kubeapi.Event{Type: kind, Object: one.content})
	watcher.mutex.Unlock()
	select {
	case watcher.wake <- struct{}{}:
	default:
	}
}

// events hands out what has come since the last call.
func (watcher *watcher) events() []kubeapi.Event {
	watcher.mutex.Lock()
	defer watcher.mutex.Unlock()
	come := watcher.queue
	watcher.queue = nil
	return come
}

// watch begins with every object that is known, whatever version the client has had: an old object from before goes over
// the fresh one of a list. The caller ends it.
func (objects *objects) watch(watch messages.Watch) (started *watcher, end func()) {
	started = &watcher{watch: watch, wake: make(chan struct{}, 1)}
	objects.mutex.Lock()
	defer objects.mutex.Unlock()
	for _, one := range objects.rows {
		started.take("ADDED", one)
	}
	objects.watchers[started] = true
	return started, func() {
		objects.mutex.Lock()
		defer objects.mutex.Unlock()
		delete(objects.watchers, started)
	}
}

// list gives the contents of what a watch of the same kind would begin with.
func (objects *objects) list(watch messages.Watch) []json.RawMessage {
	found := []json.RawMessage{}
	started, end := objects.watch(watch)
	end()
	for _, event := range started.events() {
		found = append(found, event.Object)
	}
	return found
}

func (objects *objects) get(resource messages.Resource) (json.RawMessage, bool) {
	objects.mutex.Lock()
	defer objects.mutex.Unlock()
	one, found := objects.rows[resource.DatabaseKey()]
	return one.content, found
}

func (objects *objects) save(transaction *sql.Tx) error {
	objects.mutex.Lock()
	defer objects.mutex.Unlock()
	for key := range objects.changed {
		one, found := objects.rows[key]
		if !found {
			if _, err := transaction.Exec("DELETE FROM meta_v2 WHERE key = ?", key); err != nil {
				return err
			}
			continue
		}
		version, _ := strconv.ParseUint(one.meta.Metadata.ResourceVersion, 10, 64)
		_, err := transaction.Exec("INSERT OR REPLACE INTO meta_v2 VALUES (?, ?, ?, ?, ?, ?)",
			key, one.resource.String(), one.resource.Namespace, one.resource.Name, version, string(one.content))
		if err != nil {
			return err
		}
	}
	clear(objects.changed)
	return nil
}
