// Package messages is what the two ends of the hub tell each other besides requests to the API server: which objects an
// edge watches, what becomes of them, and what has arrived (KubeEdge v1.22.0 cloud/pkg/dynamiccontroller,
// cloud/pkg/synccontroller, edge/pkg/metamanager/metaserver/agent). They travel as HTTP within the connection to 10000.
package messages

import "encoding/json"

// Paths on cloudcore's hub.
const (
	WatchesPath      = "/watches"
	MessagesPath     = "/messages"
	AcknowledgedPath = "/acknowledged"
)

// Announcement names watches of metaServer's clients. All of them: what is missing has ended.
type Announcement struct {
	Watches []Watch `json:"watches"`
	All     bool    `json:"all"`
}

// Operations of a message.
const (
	Insert = "insert"
	Update = "update"
	Delete = "delete"
)

// Message says what became of an object. One from the SyncController, while CloudCore has no handler for the resource,
// holds an object without `kind`: the edge cannot read it, and acknowledges it.
type Message struct {
	Operation  string          `json:"operation"`
	Collection string          `json:"collection"`
	Object     json.RawMessage `json:"object"`
}

// Acknowledged holds the version of each object that has arrived, by collection and `namespace/name`. Upstream keeps it
// in ObjectSync objects of the API, so it outlives both ends; here the edge keeps it, and shows it when it connects.
type Acknowledged map[string]uint64

// Key of an object in [Acknowledged].
func Key(collection, object string) string { return collection + " " + object }
