package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"edgelift.test/kubeedge/internal/messages"
)

const endpoints = "/api/v1/endpoints"

func TestAnObjectThatLostItsKindIsAcknowledgedAndStaysAsItWas(t *testing.T) {
	store := openedStore(t, t.TempDir()+"/edgecore.db")
	receiver := newReceiver(store, nil)
	seen, end := store.objects.watch(messages.Watch{Path: endpoints})
	defer end()
	for _, one := range []struct {
		kind, version, address string
		events                 int
	}{
		{"Endpoints", "5", "10.42.0.5", 1}, {"", "6", "10.42.0.9", 0}, {"Endpoints", "7", "10.42.0.9", 1},
	} {
		message := messages.Message{Operation: messages.Update, Collection: endpoints, Object: web(one.kind, one.version, one.address)}
		arrived, err := receiver.take(message)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(arrived); string(got) != `{"/api/v1/endpoints default/web":`+one.version+`}` {
			t.Errorf("acknowledged: %s", got)
		}
		if events := seen.events(); len(events) != one.events {
			t.Errorf("version %s: %d events", one.version, len(events))
		}
		wanted := map[string]string{"5": "10.42.0.5", "6": "10.42.0.5", "7": "10.42.0.9"}[one.version]
		if list := store.objects.list(messages.Watch{Path: endpoints}); len(list) != 1 || !strings.Contains(string(list[0]), wanted) {
			t.Errorf("version %s: the database has %s", one.version, list)
		}
	}
	again := newReceiver(store, nil)
	if again.acknowledged["/api/v1/endpoints default/web"] != 7 {
		t.Errorf("after a restart: %v", again.acknowledged)
	}
}

func TestAWatchBeginsWithTheDatabaseAndAGetReplacesItInSilence(t *testing.T) {
	file := t.TempDir() + "/edgecore.db"
	store := openedStore(t, file)
	old, _ := objectOf(endpoints, web("Endpoints", "5", "10.42.0.5"))
	store.objects.put(old, true)
	seen, end := store.objects.watch(messages.Watch{Path: endpoints})
	defer end()
	if events := seen.events(); len(events) != 1 || events[0].Type != "ADDED" {
		t.Fatalf("at the beginning: %v", events)
	}
	fresh, _ := objectOf(endpoints, web("Endpoints", "6", "10.42.0.9"))
	store.objects.put(fresh, false)
	if events := seen.events(); len(events) != 0 {
		t.Errorf("a GET was told: %v", events)
	}
	if err := store.save(); err != nil {
		t.Fatal(err)
	}
	if again := openedStore(t, file).objects.list(messages.Watch{Path: endpoints}); len(again) != 1 || !strings.Contains(string(again[0]), "10.42.0.9") {
		t.Errorf("after opening it again: %s", again)
	}
}

func TestTheTableIsUpstreams(t *testing.T) {
	store := openedStore(t, t.TempDir()+"/edgecore.db")
	one, _ := objectOf(endpoints, web("Endpoints", "5", "10.42.0.5"))
	store.objects.put(one, true)
	if err := store.save(); err != nil {
		t.Fatal(err)
	}
	var row [4]string
	var version uint64
	query := "SELECT key, groupversionresource, namespace, name, resourceversion FROM meta_v2"
	if err := store.database.QueryRow(query).Scan(&row[0], &row[1], &row[2], &row[3], &version); err != nil {
		t.Fatal(err)
	}
	if row != [4]string{"/core/v1/endpoints/default/web", "/v1, Resource=endpoints", "default", "web"} || version != 5 {
		t.Errorf("got %q, %d", row, version)
	}
	store.objects.remove(one)
	if err := store.save(); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := store.database.QueryRow("SELECT count(*) FROM meta_v2").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows are left, %v", rows, err)
	}
}

func web(kind, version, address string) json.RawMessage {
	typed := ""
	if kind != "" {
		typed = `"kind":"` + kind + `","apiVersion":"v1",`
	}
	return json.RawMessage(`{` + typed + `"metadata":{"namespace":"default","name":"web","resourceVersion":"` + version +
		`"},"subsets":[{"addresses":[{"ip":"` + address + `"}]}]}`)
}
