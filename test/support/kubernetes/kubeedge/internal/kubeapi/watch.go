package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Event is one line of a watch.
type Event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// Meta is what every object has.
type Meta struct {
	Metadata struct {
		Name            string            `json:"name"`
		Namespace       string            `json:"namespace"`
		ResourceVersion string            `json:"resourceVersion"`
		Labels          map[string]string `json:"labels"`
	} `json:"metadata"`
}

// Key is `namespace/name`.
func (meta Meta) Key() string { return meta.Metadata.Namespace + "/" + meta.Metadata.Name }

// List is a list answer with its items left as they are.
type List struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// Mirror keeps the objects of one kind, decoded, as the API server has them.
type Mirror[T any] struct {
	mutex   sync.RWMutex
	objects map[string]T
	// Failed is told of every list or watch that went wrong; Changed of every change.
	Failed  func(error)
	Changed func()
}

// Get returns one object by `namespace/name`.
func (mirror *Mirror[T]) Get(key string) (T, bool) {
	mirror.mutex.RLock()
	defer mirror.mutex.RUnlock()
	object, found := mirror.objects[key]
	return object, found
}

// Put sets one object.
func (mirror *Mirror[T]) Put(key string, object T) {
	mirror.mutex.Lock()
	defer mirror.mutex.Unlock()
	if mirror.objects == nil {
		mirror.objects = map[string]T{}
	}
	mirror.objects[key] = object
}

// All returns a copy.
func (mirror *Mirror[T]) All() map[string]T {
	mirror.mutex.RLock()
	defer mirror.mutex.RUnlock()
	copied := make(map[string]T, len(mirror.objects))
	for key, object := range mirror.objects {
		copied[key] = object
	}
	return copied
}

// Run lists and watches path for ever; after a failure it waits, from one second up to half a minute.
func (mirror *Mirror[T]) Run(client *Client, path string) {
	wait := time.Second
	for {
		began := time.Now()
		err := mirror.follow(client, path)
		if mirror.Failed != nil && err != nil {
			mirror.Failed(err)
		}
		if time.Since(began) > time.Minute {
			wait = time.Second
		}
		time.Sleep(wait)
		wait = min(2*wait, 30*time.Second)
	}
}

func (mirror *Mirror[T]) follow(client *Client, path string) error {
	var list List
	if err := client.Do("GET", path, nil, &list); err != nil {
		return fmt.Errorf("failed to list %s: %w", path, err)
	}
	objects := map[string]T{}
	for _, item := range list.Items {
		if err := put(objects, item); err != nil {
			return err
		}
	}
	mirror.replace(objects)
	// client-go ends a watch after five to ten minutes, each time after others.
	seconds := strconv.Itoa(300 + rand.IntN(300))
	query := url.Values{
		"watch": {"true"}, "resourceVersion": {list.Metadata.ResourceVersion}, "allowWatchBookmarks": {"true"},
		"timeoutSeconds": {seconds},
	}
	stream, err := client.Open(context.Background(), "GET", path+"?"+query.Encode(), nil)
	if err != nil {
		return fmt.Errorf("failed to watch %s: %w", path, err)
	}
	defer stream.Close()
	events := json.NewDecoder(stream)
	for {
		var event Event
		if err := events.Decode(&event); err != nil {
			return nil
		}
		if event.Type == "ERROR" {
			return fmt.Errorf("watch of %s: %s", path, event.Object)
		}
		if event.Type == "BOOKMARK" {
			continue
		}
		if err := mirror.apply(event); err != nil {
			return err
		}
	}
}

func (mirror *Mirror[T]) replace(objects map[string]T) {
	mirror.mutex.Lock()
	mirror.objects = objects
	mirror.mutex.Unlock()
	mirror.tell()
}

func (mirror *Mirror[T]) apply(event Event) error {
	mirror.mutex.Lock()
	var err error
	if event.Type == "DELETED" {
		var meta Meta
		err = json.Unmarshal(event.Object, &meta)
		delete(mirror.objects, meta.Key())
	} else {
		err = put(mirror.objects, event.Object)
	}
	mirror.mutex.Unlock()
	mirror.tell()
	return err
}

func (mirror *Mirror[T]) tell() {
	if mirror.Changed != nil {
		mirror.Changed()
	}
}

func put[T any](objects map[string]T, raw json.RawMessage) error {
	var meta Meta
	var object T
	if err := json.Unmarshal(raw, &meta); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return err
	}
	objects[meta.Key()] = object
	return nil
}
