package main

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestNamespacesHoldPodMetricsThatDiscoveryTellsOf(t *testing.T) {
	var found struct {
		GroupVersion string `json:"groupVersion"`
		Resources    []struct {
			Name       string   `json:"name"`
			Namespaced bool     `json:"namespaced"`
			Verbs      []string `json:"verbs"`
		} `json:"resources"`
	}
	ask(t, base, &found)
	if found.GroupVersion != "metrics.k8s.io/v1beta1" || len(found.Resources) != 2 {
		t.Fatalf("got %+v", found)
	}
	for _, one := range found.Resources {
		// What can neither be deleted nor deleted as a collection never holds up a namespace by itself.
		if slices.Contains(one.Verbs, "delete") || one.Namespaced != (one.Name == "pods") {
			t.Errorf("got %+v", one)
		}
	}
	var list struct {
		Kind  string `json:"kind"`
		Items []any  `json:"items"`
	}
	ask(t, base+"/namespaces/default/pods", &list)
	if list.Kind != "PodMetricsList" || list.Items == nil {
		t.Errorf("got %+v", list)
	}
}

func TestItProvesThatItLives(t *testing.T) {
	for _, path := range []string{"/livez", "/readyz"} {
		recorder := httptest.NewRecorder()
		handler().ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != 200 || recorder.Body.String() != "ok" {
			t.Errorf("%s: %d %s", path, recorder.Code, recorder.Body)
		}
	}
}

func ask(t *testing.T, path string, into any) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler().ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
	if err := json.Unmarshal(recorder.Body.Bytes(), into); recorder.Code != 200 || err != nil {
		t.Fatalf("%s: %d %s, %v", path, recorder.Code, recorder.Body, err)
	}
}
