package cloud

import (
	"encoding/json"
	"sync"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

// handler follows one resource of the API server and sends every change to the edges that watch it.
type handler struct {
	resource messages.Resource
	mirror   kubeapi.Mirror[json.RawMessage]
	ready    sync.Once
	// sent holds what was dispatched last, by key; the mutex of [dynamic] guards it.
	sent map[string]json.RawMessage
}

func (handler *handler) run(dynamic *dynamic) {
	handler.mirror.Failed = func(err error) {
		klog.Errorf("[metaserver/resourceEventHandler] handler(%s): %v", handler.resource, err)
	}
	handler.mirror.Changed = func() {
		handler.ready.Do(func() {
			klog.Infof("[metaserver/resourceEventHandler] handler(%s) init successfully, start to dispatch events to it's listeners", handler.resource)
		})
		handler.changed(dynamic)
	}
	handler.mirror.Run(dynamic.api, handler.resource.Collection())
}

// changed finds out what is new by the objects' versions.
func (handler *handler) changed(dynamic *dynamic) {
	current := handler.mirror.All()
	dynamic.mutex.Lock()
	defer dynamic.mutex.Unlock()
	for key, object := range current {
		typed := withKind(object, handler.resource)
		before, known := handler.sent[key]
		if known && versionOf(before) == versionOf(typed) {
			continue
		}
		operation := messages.Insert
		if known {
			operation = messages.Update
		}
		handler.sent[key] = typed
		dynamic.dispatch(operation, handler.resource, typed)
	}
	for key, object := range handler.sent {
		if _, there := current[key]; !there {
			delete(handler.sent, key)
			dynamic.dispatch(messages.Delete, handler.resource, object)
		}
	}
}

// withKind gives an item of a list what it lacks there.
func withKind(object json.RawMessage, resource messages.Resource) json.RawMessage {
	var content kubeapi.Object
	if json.Unmarshal(object, &content) != nil {
		return object
	}
	content["kind"], content["apiVersion"] = resource.Kind(), resource.APIVersion()
	return mustMarshal(content)
}

// withoutKind is what a typed object looks like once it is JSON; an item of a list is that already.
func withoutKind(object json.RawMessage) json.RawMessage {
	var content kubeapi.Object
	if json.Unmarshal(object, &content) != nil || content["kind"] == nil {
		return object
	}
	delete(content, "kind")
	delete(content, "apiVersion")
	return mustMarshal(content)
}

func mustMarshal(content kubeapi.Object) json.RawMessage {
	encoded, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return encoded
}

func versionOf(object json.RawMessage) string {
	var meta kubeapi.Meta
	json.Unmarshal(object, &meta)
	return meta.Metadata.ResourceVersion
}
