package edge

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"edgelift.test/kubeedge/internal/messages"
)

// cloud answers in place of the connection to the hub.
type cloud struct {
	mutex     sync.Mutex
	announced []messages.Announcement
	object    string
	code      int
}

func (cloud *cloud) RoundTrip(request *http.Request) (*http.Response, error) {
	cloud.mutex.Lock()
	defer cloud.mutex.Unlock()
	recorder := httptest.NewRecorder()
	if request.URL.Path == messages.WatchesPath {
		var announcement messages.Announcement
		json.NewDecoder(request.Body).Decode(&announcement)
		cloud.announced = append(cloud.announced, announcement)
		return recorder.Result(), nil
	}
	if cloud.code != 0 {
		recorder.WriteHeader(cloud.code)
	}
	io.WriteString(recorder, cloud.object)
	return recorder.Result(), nil
}

func (cloud *cloud) heard() []messages.Announcement {
	cloud.mutex.Lock()
	defer cloud.mutex.Unlock()
	return cloud.announced
}

func TestTheCloudHearsOfAWatchWhenItIsOpenedAndOfAllWhenOneCloses(t *testing.T) {
	cloud := &cloud{}
	server, url := metaServerOf(t, cloud, true)
	watch := func(query string) func() {
		response, err := http.Get(url + endpoints + "?watch=true" + query)
		if err != nil {
			t.Fatal(err)
		}
		return func() { response.Body.Close() }
	}
	endFirst, endSecond := watch(""), watch("")
	defer endFirst()
	if heard := cloud.heard(); len(heard) != 1 || heard[0].All {
		t.Fatalf("two clients of one watch: %+v", heard)
	}
	endSecond()
	watch("&labelSelector=x")()
	waitUntil(t, func() bool { return len(cloud.heard()) == 3 })
	if last := cloud.heard()[2]; !last.All || len(last.Watches) != 1 || last.Watches[0] != (messages.Watch{Path: endpoints}) {
		t.Errorf("after a watch has closed: %+v", last)
	}
	if len(server.applications.open) != 1 {
		t.Errorf("open: %v", server.applications.open)
	}
}

func TestWithoutAConnectionAWatchIsServedAndTheCloudNeverHearsOfIt(t *testing.T) {
	cloud := &cloud{}
	server, url := metaServerOf(t, cloud, false)
	known, _ := objectOf(endpoints, web("Endpoints", "5", "10.42.0.5"))
	server.objects.put(known, true)
	response, err := http.Get(url + endpoints + "?watch=true&timeoutSeconds=1")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	if !strings.Contains(string(body), `"type":"ADDED"`) || !strings.Contains(string(body), "10.42.0.5") || len(cloud.heard()) != 0 {
		t.Errorf("got %s, announced %+v", body, cloud.heard())
	}
}

func TestAListAndAGetAreFreshAndOnlyTheGetReplacesTheRow(t *testing.T) {
	cloud := &cloud{object: string(web("Endpoints", "6", "10.42.0.9"))}
	server, url := metaServerOf(t, cloud, true)
	old, _ := objectOf(endpoints, web("Endpoints", "5", "10.42.0.5"))
	server.objects.put(old, true)
	web := messages.Resource{Version: "v1", Plural: "endpoints", Namespace: "default", Name: "web"}
	for _, one := range []struct{ path, kept string }{
		{endpoints, "10.42.0.5"}, {"/api/v1/namespaces/default/endpoints/web", "10.42.0.9"},
	} {
		response, err := http.Get(url + one.path)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); !strings.Contains(string(body), "10.42.0.9") {
			t.Errorf("%s: %s", one.path, body)
		}
		if row, _ := server.objects.get(web); !strings.Contains(string(row), one.kept) {
			t.Errorf("%s: the row is %s", one.path, row)
		}
	}
}

func TestAnObjectThatTheCloudHasNoMoreIsAnsweredFromTheDatabase(t *testing.T) {
	cloud := &cloud{object: string(web("Endpoints", "6", "10.42.0.9"))}
	_, url := metaServerOf(t, cloud, true)
	get := func(name string) (int, string) {
		response, err := http.Get(url + "/api/v1/namespaces/default/endpoints/" + name)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	get("web")
	cloud.code, cloud.object = http.StatusNotFound, `{"kind":"Status","reason":"NotFound"}`
	if code, body := get("web"); code != http.StatusOK || !strings.Contains(body, "10.42.0.9") {
		t.Errorf("one that was asked for before: %d %s", code, body)
	}
	if code, body := get("other"); code != http.StatusNotFound || !strings.Contains(body, "NotFound") {
		t.Errorf("one that was never asked for: %d %s", code, body)
	}
}

func TestAPodIsDeletedByTheCloudAndNothingElseIs(t *testing.T) {
	_, url := metaServerOf(t, &cloud{object: `{"kind":"Status","status":"Success"}`}, true)
	for path, code := range map[string]int{
		"/api/v1/namespaces/kubeedge/pods/agent-1": http.StatusOK,
		"/api/v1/namespaces/kubeedge/pods":         http.StatusMethodNotAllowed,
		"/api/v1/nodes/edge":                       http.StatusMethodNotAllowed,
	} {
		request, _ := http.NewRequest(http.MethodDelete, url+path, nil)
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode != code {
			t.Errorf("%s: %v %v, not %d", path, response.StatusCode, err, code)
		}
	}
}

func metaServerOf(t *testing.T, cloud *cloud, connected bool) (*metaServer, string) {
	t.Helper()
	store := openedStore(t, t.TempDir()+"/edgecore.db")
	open := &applications{connected: func() bool { return connected }, transport: cloud, open: map[messages.Watch]int{}}
	server := &metaServer{store.objects, cloud, open}
	listening := httptest.NewServer(server)
	t.Cleanup(func() {
		listening.CloseClientConnections()
		listening.Close()
	})
	return server, listening.URL
}

func waitUntil(t *testing.T, come func() bool) {
	t.Helper()
	for range 200 {
		if come() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never came")
}
