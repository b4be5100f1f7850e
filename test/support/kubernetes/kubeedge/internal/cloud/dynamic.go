package cloud

import (
	"encoding/json"
	"maps"
	"strconv"
	"sync"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

// dynamic is the dynamic controller: who watches what on which edge, and what was sent there
// (KubeEdge v1.22.0 cloud/pkg/dynamiccontroller/application). All of it is in memory: a CloudCore that starts has no
// handler until an edge tells it of a watch.
type dynamic struct {
	api *kubeapi.Client

	mutex    sync.Mutex
	handlers map[string]*handler
	nodes    map[string]*node
}

// node is what is kept of an edge for as long as this CloudCore runs.
type node struct {
	watches      map[messages.Watch]bool
	acknowledged messages.Acknowledged
	queue        []messages.Message
	wake         chan struct{}
}

func newDynamic(api *kubeapi.Client) *dynamic {
	return &dynamic{api: api, handlers: map[string]*handler{}, nodes: map[string]*node{}}
}

// node is called with the mutex held.
func (dynamic *dynamic) node(name string) *node {
	if dynamic.nodes[name] == nil {
		dynamic.nodes[name] = &node{watches: map[messages.Watch]bool{}, acknowledged: messages.Acknowledged{}, wake: make(chan struct{}, 1)}
	}
	return dynamic.nodes[name]
}

// announced takes in what an edge says of its watches. One that is opened, or that was not known, gets every object that
// there is, as far as the edge has not acknowledged it.
func (dynamic *dynamic) announced(name string, announcement messages.Announcement) {
	dynamic.mutex.Lock()
	defer dynamic.mutex.Unlock()
	edge, open := dynamic.node(name), map[messages.Watch]bool{}
	if !announcement.All {
		maps.Copy(open, edge.watches)
	}
	for _, watch := range announcement.Watches {
		open[watch] = true
		if announcement.All && edge.watches[watch] {
			continue
		}
		klog.Infof("[metaserver/ApplicationCenter] added watch app (NodeName=%s;Key=%s;Verb=watch)", name, watch.Resource().DatabaseKey())
		handler := dynamic.handler(watch.Resource())
		for _, object := range handler.sent {
			edge.offer(messages.Insert, handler.resource, watch, object)
		}
	}
	edge.watches = open
}

// handler is called with the mutex held.
func (dynamic *dynamic) handler(resource messages.Resource) *handler {
	collection := resource.Collection()
	if dynamic.handlers[collection] == nil {
		klog.Infof("[metaserver/HandlerCenter] prepare a new resourceEventHandler(%s)", resource)
		started := &handler{resource: resource, sent: map[string]json.RawMessage{}}
		dynamic.handlers[collection] = started
		go started.run(dynamic)
	}
	return dynamic.handlers[collection]
}

// dispatch sends to every edge that watches it.
func (dynamic *dynamic) dispatch(operation string, resource messages.Resource, object json.RawMessage) {
	for _, edge := range dynamic.nodes {
		for watch := range edge.watches {
			if edge.offer(operation, resource, watch, object) {
				break
			}
		}
	}
}

// offer queues an object for a watch, when it is of its kind and selected, and tells whether it was.
func (edge *node) offer(operation string, resource messages.Resource, watch messages.Watch, object json.RawMessage) bool {
	var meta kubeapi.Meta
	if watch.Resource().Collection() != resource.Collection() || json.Unmarshal(object, &meta) != nil || !watch.Matches(meta) {
		return false
	}
	edge.send(messages.Message{Operation: operation, Collection: resource.Collection(), Object: object})
	return true
}

func (edge *node) send(message messages.Message) {
	edge.queue = append(edge.queue, message)
	select {
	case edge.wake <- struct{}{}:
	default:
	}
}

// next takes what waits for an edge, without what it has acknowledged in that version or a later one.
func (dynamic *dynamic) next(edge *node) []messages.Message {
	dynamic.mutex.Lock()
	defer dynamic.mutex.Unlock()
	due := []messages.Message{}
	for _, message := range edge.queue {
		key, version := identityOf(message.Collection, message.Object)
		if message.Operation == messages.Delete || edge.acknowledged[key] < version {
			due = append(due, message)
		}
	}
	edge.queue = nil
	return due
}

func identityOf(collection string, object json.RawMessage) (key string, version uint64) {
	var meta kubeapi.Meta
	json.Unmarshal(object, &meta)
	version, _ = strconv.ParseUint(meta.Metadata.ResourceVersion, 10, 64)
	return messages.Key(collection, meta.Key()), version
}
