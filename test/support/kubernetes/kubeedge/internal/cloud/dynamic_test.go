package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/messages"
)

const endpoints = "/api/v1/endpoints"

var all = messages.Watch{Path: endpoints}

// The whole of what was tried with the real programs after a cloud's power loss.
func TestEndpointsThatChangeWhileThereIsNoHandlerAreLostUntilTheyChangeAgain(t *testing.T) {
	api := startAPI(t)
	api.set("7", "10.42.0.9")
	cloud := newDynamic(api.client)
	// The edge connects again, with the version from before, and says nothing of its watches.
	cloud.node("edge").acknowledged[messages.Key(endpoints, "default/web")] = 5
	synced(t, cloud, "")
	acknowledge(cloud, 7)
	synced(t, cloud, "nothing")

	// A watch closes: the handler comes, and brings nothing that was acknowledged.
	cloud.announced("edge", messages.Announcement{All: true, Watches: []messages.Watch{all}})
	waitUntil(t, func() bool {
		cloud.mutex.Lock()
		defer cloud.mutex.Unlock()
		return len(cloud.handlers[endpoints].sent) == 1
	})
	if due := cloud.next(cloud.nodes["edge"]); len(due) != 0 {
		t.Errorf("the handler brings %s", due)
	}

	// It is annotated: now it comes with its kind.
	api.set("8", "10.42.0.9")
	var due []messages.Message
	waitUntil(t, func() bool {
		due = cloud.next(cloud.nodes["edge"])
		return len(due) == 1
	})
	if kindOf(due[0]) != "Endpoints" || due[0].Operation != messages.Update {
		t.Errorf("got %+v", due)
	}
}

func TestAnAnnotationBeforeThereIsAHandlerIsLost(t *testing.T) {
	api := startAPI(t)
	cloud := newDynamic(api.client)
	cloud.node("edge").acknowledged[messages.Key(endpoints, "default/web")] = 5
	api.set("7", "10.42.0.9")
	synced(t, cloud, "")
	acknowledge(cloud, 7)
	api.set("8", "10.42.0.9")
	synced(t, cloud, "")
	acknowledge(cloud, 8)
	synced(t, cloud, "nothing")
}

func TestOneEdgesHandlerServesTheSyncControllerOfAnother(t *testing.T) {
	api := startAPI(t)
	api.set("7", "10.42.0.9")
	cloud := newDynamic(api.client)
	cloud.announced("first", messages.Announcement{Watches: []messages.Watch{all}})
	cloud.node("edge").acknowledged[messages.Key(endpoints, "default/web")] = 5
	synced(t, cloud, "Endpoints")
}

func TestAnObjectThatIsGoneIsDeletedOnTheEdge(t *testing.T) {
	cloud := newDynamic(startAPI(t).client)
	cloud.node("edge").acknowledged[messages.Key(endpoints, "default/web")] = 5
	if err := cloud.syncOnce("edge"); err != nil {
		t.Fatal(err)
	}
	due := cloud.next(cloud.nodes["edge"])
	if len(due) != 1 || due[0].Operation != messages.Delete || len(cloud.nodes["edge"].acknowledged) != 0 {
		t.Errorf("got %+v, known %v", due, cloud.nodes["edge"].acknowledged)
	}
}

func TestASilentHubAnswersNothing(t *testing.T) {
	t.Setenv(silentVariable, "1")
	hub := &hub{api: startAPI(t).client, dynamicController: true}
	server := httptest.NewServer(hub.forward("edge"))
	defer server.Close()
	client := &http.Client{Timeout: 200 * time.Millisecond}
	for _, path := range []string{"/api/v1/nodes/edge", MetaPrefix + endpoints, messages.WatchesPath} {
		if response, err := client.Get(server.URL + path); err == nil {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
}

// synced looks once, and expects one update with an object of that kind, or `nothing`.
func synced(t *testing.T, cloud *dynamic, kind string) {
	t.Helper()
	if err := cloud.syncOnce("edge"); err != nil {
		t.Fatal(err)
	}
	due := cloud.next(cloud.nodes["edge"])
	if kind == "nothing" && len(due) == 0 {
		return
	}
	if len(due) != 1 || kindOf(due[0]) != kind || due[0].Operation != messages.Update {
		t.Errorf("got %+v", due)
	}
}

func acknowledge(cloud *dynamic, version uint64) {
	cloud.mutex.Lock()
	defer cloud.mutex.Unlock()
	cloud.node("edge").acknowledged[messages.Key(endpoints, "default/web")] = version
}

func kindOf(message messages.Message) string {
	var object struct {
		Kind string `json:"kind"`
	}
	json.Unmarshal(message.Object, &object)
	return object.Kind
}

// fakeAPI has one Endpoints object, in a list and in watches.
type fakeAPI struct {
	client *kubeapi.Client

	mutex   sync.Mutex
	object  string
	watches []chan string
}

func startAPI(t *testing.T) *fakeAPI {
	t.Helper()
	api := &fakeAPI{}
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	client, err := kubeapi.At(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	api.client = client
	return api
}

func (api *fakeAPI) set(version, address string) {
	api.mutex.Lock()
	defer api.mutex.Unlock()
	api.object = fmt.Sprintf(`{"metadata":{"namespace":"default","name":"web","resourceVersion":%q},"subsets":[{"addresses":[{"ip":%q}]}]}`, version, address)
	for _, watch := range api.watches {
		watch <- api.object
	}
}

func (api *fakeAPI) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	api.mutex.Lock()
	object := api.object
	changes := make(chan string, 10)
	if request.URL.Query().Get("watch") != "" {
		api.watches = append(api.watches, changes)
	}
	api.mutex.Unlock()
	if request.URL.Query().Get("watch") == "" {
		fmt.Fprintf(writer, `{"kind":"EndpointsList","metadata":{"resourceVersion":"1"},"items":[%s]}`, object)
		return
	}
	for {
		http.NewResponseController(writer).Flush()
		select {
		case <-request.Context().Done():
			return
		case changed := <-changes:
			typed := strings.Replace(changed, "{", `{"kind":"Endpoints","apiVersion":"v1",`, 1)
			fmt.Fprintf(writer, `{"type":"MODIFIED","object":%s}`, typed)
		}
	}
}

func waitUntil(t *testing.T, come func() bool) {
	t.Helper()
	if !slices.ContainsFunc(make([]int, 300), func(int) bool {
		time.Sleep(10 * time.Millisecond)
		return come()
	}) {
		t.Fatal("it never came")
	}
}
