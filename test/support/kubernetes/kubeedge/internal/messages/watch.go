package messages

import (
	"net/url"
	"slices"
	"strings"

	"edgelift.test/kubeedge/internal/kubeapi"
)

// Watch is what a client of metaServer watches. Two clients that ask for the same have one.
type Watch struct {
	Path          string `json:"path"`
	LabelSelector string `json:"labelSelector,omitempty"`
	FieldSelector string `json:"fieldSelector,omitempty"`
}

// WatchOf a request for `path?query`.
func WatchOf(path string, query url.Values) Watch {
	return Watch{Path: path, LabelSelector: query.Get("labelSelector"), FieldSelector: query.Get("fieldSelector")}
}

// Resource that it watches.
func (watch Watch) Resource() Resource {
	resource, _ := ParsePath(watch.Path)
	return resource
}

// Matches tells whether an object of the resource is watched. Selectors by sets (`in`, `notin`) match nothing.
func (watch Watch) Matches(object kubeapi.Meta) bool {
	resource := watch.Resource()
	if resource.Namespace != "" && resource.Namespace != object.Metadata.Namespace {
		return false
	}
	fields := map[string]string{"metadata.name": object.Metadata.Name, "metadata.namespace": object.Metadata.Namespace}
	return selects(watch.LabelSelector, object.Metadata.Labels) && selects(watch.FieldSelector, fields)
}

func selects(selector string, values map[string]string) bool {
	if selector == "" {
		return true
	}
	return !slices.ContainsFunc(strings.Split(selector, ","), func(term string) bool { return !holds(term, values) })
}

func holds(term string, values map[string]string) bool {
	if name, wanted, found := strings.Cut(term, "!="); found {
		return values[name] != wanted
	}
	if name, wanted, found := strings.Cut(strings.Replace(term, "==", "=", 1), "="); found {
		value, is := values[name]
		return is && value == wanted
	}
	if name, found := strings.CutPrefix(term, "!"); found {
		_, is := values[name]
		return !is
	}
	_, is := values[term]
	return is
}
