package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"edgelift.test/kubeedge/internal/kubeapi"
)

func TestWhatChangedWithoutAConnectionStaysAsItWasKnownUntilItChangesAgain(t *testing.T) {
	store := openStore(t.TempDir() + "/edgecore.db")
	one := &replay{path: "/api/v1/endpoints", store: store}
	merge(t, one, 1, "1", "10.0.0.1")
	merge(t, one, 1, "2", "10.0.0.2")
	if shown := string(one.over(endpoints("2", "10.0.0.2"))); !strings.Contains(shown, "10.0.0.2") {
		t.Errorf("within one connection: %s", shown)
	}
	merge(t, one, 2, "3", "10.0.0.3")
	if shown := string(one.over(endpoints("3", "10.0.0.3"))); !strings.Contains(shown, "10.0.0.2") {
		t.Errorf("after another one: %s", shown)
	}
	again := &replay{path: one.path, store: store}
	merge(t, again, 1, "3", "10.0.0.3")
	if shown := string(again.over(endpoints("3", "10.0.0.3"))); !strings.Contains(shown, "10.0.0.2") {
		t.Errorf("after a restart of edgecore: %s", shown)
	}
	changed := kubeapi.List{}
	json.Unmarshal(endpoints("4", "10.0.0.3"), &changed)
	store.apply(again.key(), kubeapi.Event{Type: "MODIFIED", Object: changed.Items[0]})
	merge(t, again, 2, "4", "10.0.0.3")
	if shown := string(again.over(endpoints("4", "10.0.0.3"))); !strings.Contains(shown, "10.0.0.3") {
		t.Errorf("after it changed: %s", shown)
	}
}

func merge(t *testing.T, one *replay, connection int, version, address string) {
	t.Helper()
	var fresh map[string]json.RawMessage
	if err := json.Unmarshal(endpoints(version, address), &fresh); err != nil {
		t.Fatal(err)
	}
	if err := one.merge(fresh, connection); err != nil {
		t.Fatal(err)
	}
}

func endpoints(version, address string) []byte {
	return []byte(`{"kind":"EndpointsList","metadata":{"resourceVersion":"` + version + `"},"items":[{"metadata":` +
		`{"namespace":"default","name":"web","resourceVersion":"` + version + `"},"subsets":[{"addresses":[{"ip":"` + address + `"}]}]}]}`)
}
