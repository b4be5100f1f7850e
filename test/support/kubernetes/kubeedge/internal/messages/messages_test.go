package messages

import (
	"testing"

	"edgelift.test/kubeedge/internal/kubeapi"
)

func TestPathsAreNamedAsUpstreamNamesThem(t *testing.T) {
	for path, wanted := range map[string][4]string{
		"/api/v1/endpoints": {"/v1, Resource=endpoints", "/core/v1/endpoints/null/null", "/api/v1/endpoints", "v1"},
		"/api/v1/namespaces/default/endpoints/web": {
			"/v1, Resource=endpoints", "/core/v1/endpoints/default/web", "/api/v1/endpoints", "v1",
		},
		"/apis/networking.istio.io/v1alpha3/gateways": {
			"networking.istio.io/v1alpha3, Resource=gateways", "/networking.istio.io/v1alpha3/gateways/null/null",
			"/apis/networking.istio.io/v1alpha3/gateways", "networking.istio.io/v1alpha3",
		},
	} {
		found, ok := ParsePath(path)
		got := [4]string{found.String(), found.DatabaseKey(), found.Collection(), found.APIVersion()}
		if !ok || got != wanted {
			t.Errorf("%s: %v %v", path, ok, got)
		}
		if back, ok := ParseDatabaseKey(found.DatabaseKey()); !ok || back != found {
			t.Errorf("%s: %v comes back as %v", path, found, back)
		}
	}
	for _, path := range []string{"/api/v1", "/healthz", "/api/v1/secrets", "/api/v1/namespaces/a/pods/b/log"} {
		if _, ok := ParsePath(path); ok {
			t.Errorf("%s is taken for objects that an edge may have", path)
		}
	}
}

func TestSelectorsSelect(t *testing.T) {
	var object kubeapi.Meta
	object.Metadata.Namespace, object.Metadata.Name = "default", "web"
	object.Metadata.Labels = map[string]string{"app": "web"}
	for _, one := range []struct {
		watch   Watch
		matches bool
	}{
		{Watch{Path: "/api/v1/endpoints"}, true},
		{Watch{Path: "/api/v1/namespaces/default/endpoints"}, true},
		{Watch{Path: "/api/v1/namespaces/other/endpoints"}, false},
		{Watch{Path: "/api/v1/endpoints", LabelSelector: "x"}, false},
		{Watch{Path: "/api/v1/endpoints", LabelSelector: "app,!x,app=web,app!=db"}, true},
		{Watch{Path: "/api/v1/endpoints", FieldSelector: "metadata.name==web"}, true},
		{Watch{Path: "/api/v1/endpoints", FieldSelector: "metadata.name=db"}, false},
	} {
		if one.watch.Matches(object) != one.matches {
			t.Errorf("%+v", one)
		}
	}
}
