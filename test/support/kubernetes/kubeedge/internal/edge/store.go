package edge

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	_ "modernc.org/sqlite"
)

// The tables of KubeEdge v1.22.0 edge/pkg/metamanager/dao: `meta` is edged's, `meta_v2` metaServer's.
const tables = `
CREATE TABLE IF NOT EXISTS meta (key varchar(256) NOT NULL PRIMARY KEY, type varchar(32) NOT NULL, value text);
CREATE TABLE IF NOT EXISTS meta_v2 (key varchar(256) NOT NULL PRIMARY KEY, groupversionresource varchar(256) NOT NULL,
  namespace varchar(256) NOT NULL, name varchar(256) NOT NULL, resourceversion integer NOT NULL, value text);`

// Rows of `meta` that upstream does not have: who was registered, and what CloudCore was told has arrived.
const (
	registeredKey   = "double/registered"
	acknowledgedKey = "double/acknowledged"
)

// store is the node's memory in `database.dataSource`, in SQLite as upstream's. In the rows of `meta` are the lists that
// the cloud last gave to the kubelet, with what watches changed since: a node that starts while the cloud is out of
// reach runs its pods from them. What changes is written once a second.
type store struct {
	database *sql.DB
	objects  *objects

	mutex   sync.Mutex
	known   map[string]json.RawMessage
	changed map[string]bool
}

// openStore reads the database, or makes one. One that cannot be read ends the program, with upstream's words (KubeEdge v1.22.0
// edge/pkg/common/dbm/db.go).
func openStore(file string) *store {
	opened, err := readStore(file)
	if err != nil {
		klog.Exitf("Failed to register db: Register db Ping `default`, %v", err)
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

func readStore(file string) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	database, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(1)
	if _, err := database.Exec(tables); err != nil {
		return nil, err
	}
	opened := &store{database: database, known: map[string]json.RawMessage{}, changed: map[string]bool{}}
	rows, err := database.Query("SELECT key, value FROM meta")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		opened.known[key] = value
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	opened.objects, err = readObjects(database)
	return opened, err
}

func (store *store) registered(node string) bool {
	known, _ := store.get(registeredKey)
	return string(known) == `"`+node+`"`
}

func (store *store) register(node string) { store.put(registeredKey, []byte(`"`+node+`"`)) }

func (store *store) get(key string) (json.RawMessage, bool) {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	body, found := store.known[key]
	return body, found
}

func (store *store) put(key string, body []byte) {
	if !json.Valid(body) {
		return
	}
	store.mutex.Lock()
	defer store.mutex.Unlock()
	store.known[key], store.changed[key] = body, true
}

// apply changes a list that was put under the key by an event of its watch.
func (store *store) apply(key string, event kubeapi.Event) {
	known, _ := store.get(key)
	var list map[string]json.RawMessage
	var changed kubeapi.Meta
	if json.Unmarshal(known, &list) != nil || json.Unmarshal(event.Object, &changed) != nil {
		return
	}
	var items []json.RawMessage
	json.Unmarshal(list["items"], &items)
	kept := []json.RawMessage{}
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) == nil && meta.Key() != changed.Key() {
			kept = append(kept, item)
		}
	}
	if event.Type != "DELETED" {
		kept = append(kept, event.Object)
	}
	list["items"], _ = json.Marshal(kept)
	if body, err := json.Marshal(list); err == nil {
		store.put(key, body)
	}
}

func (store *store) save() error {
	transaction, err := store.database.Begin()
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	store.mutex.Lock()
	for key := range store.changed {
		if _, err = transaction.Exec("INSERT OR REPLACE INTO meta VALUES (?, 'list', ?)", key, string(store.known[key])); err != nil {
			break
		}
	}
	clear(store.changed)
	store.mutex.Unlock()
	if err := errors.Join(err, store.objects.save(transaction)); err != nil {
		return err
	}
	return transaction.Commit()
}
