package cloud

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

// syncInterval is between two looks at what an edge lacks
// (KubeEdge v1.22.0 cloud/pkg/synccontroller/synccontroller.go).
const syncInterval = 5 * time.Second

// keepInSync is the SyncController for one edge: of every object that the edge has acknowledged once, it sends the
// version of today. It takes the objects from the handler of the resource; while there is none, it takes them from a
// lister of typed objects, which have no `kind` (seen on running nodes after each start of CloudCore).
func (dynamic *dynamic) keepInSync(ctx context.Context, name string) {
	ticker := time.NewTicker(syncInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := dynamic.syncOnce(name); err != nil {
				klog.Errorf("synccontroller: %s: %v", name, err)
			}
		}
	}
}

func (dynamic *dynamic) syncOnce(name string) error {
	for collection, known := range dynamic.acknowledgedBy(name) {
		var list kubeapi.List
		if err := dynamic.api.Do("GET", collection, nil, &list); err != nil {
			if kubeapi.NotFound(err) {
				continue
			}
			return err
		}
		dynamic.compare(name, collection, known, list.Items)
	}
	return nil
}

// acknowledgedBy gives the versions that an edge has, by collection and key.
func (dynamic *dynamic) acknowledgedBy(name string) map[string]messages.Acknowledged {
	dynamic.mutex.Lock()
	defer dynamic.mutex.Unlock()
	found := map[string]messages.Acknowledged{}
	for place, version := range dynamic.node(name).acknowledged {
		collection, key, _ := strings.Cut(place, " ")
		if found[collection] == nil {
			found[collection] = messages.Acknowledged{}
		}
		found[collection][key] = version
	}
	return found
}

func (dynamic *dynamic) compare(name, collection string, known messages.Acknowledged, items []json.RawMessage) {
	resource, _ := messages.ParsePath(collection)
	dynamic.mutex.Lock()
	defer dynamic.mutex.Unlock()
	edge := dynamic.node(name)
	_, typed := dynamic.handlers[collection]
	there := map[string]bool{}
	for _, item := range items {
		var meta kubeapi.Meta
		if json.Unmarshal(item, &meta) != nil {
			continue
		}
		there[meta.Key()] = true
		_, version := identityOf(collection, item)
		if had, found := known[meta.Key()]; !found || had >= version {
			continue
		}
		object := withoutKind(item)
		if typed {
			object = withKind(item, resource)
		}
		edge.send(messages.Message{Operation: messages.Update, Collection: collection, Object: object})
	}
	for key := range known {
		if !there[key] {
			delete(edge.acknowledged, messages.Key(collection, key))
			edge.send(messages.Message{Operation: messages.Delete, Collection: collection, Object: named(key, resource)})
		}
	}
}

// named is what is left to say of an object that is gone.
func named(key string, resource messages.Resource) json.RawMessage {
	namespace, name, _ := strings.Cut(key, "/")
	return mustMarshal(kubeapi.Object{
		"kind": resource.Kind(), "apiVersion": resource.APIVersion(),
		"metadata": kubeapi.Object{"namespace": namespace, "name": name},
	})
}
