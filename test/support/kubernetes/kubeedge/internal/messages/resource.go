package messages

import "strings"

// Resource is what a path of the API leads to.
type Resource struct {
	Group, Version, Plural string
	// Namespace and Name are empty when the path names none.
	Namespace, Name string
}

var kinds = map[string]string{
	"services": "Service", "endpoints": "Endpoints", "nodes": "Node", "pods": "Pod", "endpointslices": "EndpointSlice",
	"destinationrules": "DestinationRule", "gateways": "Gateway", "virtualservices": "VirtualService",
}

// ParsePath takes apart `/api/v1/…` and `/apis/GROUP/VERSION/…`, with or without a namespace and a name.
func ParsePath(path string) (Resource, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	var found Resource
	switch {
	case len(parts) > 2 && parts[0] == "api":
		found.Version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		found.Group, found.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return found, false
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		found.Namespace, parts = parts[1], parts[2:]
	}
	found.Plural = parts[0]
	if len(parts) > 1 {
		found.Name = parts[1]
	}
	return found, len(parts) < 3 && kinds[found.Plural] != ""
}

// APIVersion is `v1` or `GROUP/VERSION`.
func (resource Resource) APIVersion() string {
	return strings.TrimPrefix(resource.Group+"/"+resource.Version, "/")
}

// Kind of one object of the resource.
func (resource Resource) Kind() string { return kinds[resource.Plural] }

// Collection is the path of all objects of the resource, in all namespaces.
func (resource Resource) Collection() string {
	if resource.Group == "" {
		return "/api/" + resource.Version + "/" + resource.Plural
	}
	return "/apis/" + resource.Group + "/" + resource.Version + "/" + resource.Plural
}

// String is how upstream's log and the table meta_v2 write a GroupVersionResource: `/v1, Resource=endpoints`.
func (resource Resource) String() string {
	return resource.Group + "/" + resource.Version + ", Resource=" + resource.Plural
}

// DatabaseKey is the key in the table meta_v2: `/core/v1/endpoints/default/web`, with `null` for what is not named.
func (resource Resource) DatabaseKey() string {
	orElse := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	return strings.Join([]string{
		"", orElse(resource.Group, "core"), resource.Version, resource.Plural,
		orElse(resource.Namespace, "null"), orElse(resource.Name, "null"),
	}, "/")
}

// ParseDatabaseKey is the way back from [Resource.DatabaseKey].
func ParseDatabaseKey(key string) (Resource, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 6 {
		return Resource{}, false
	}
	for i, part := range parts {
		if part == "null" || (i == 1 && part == "core") {
			parts[i] = ""
		}
	}
	found := Resource{Group: parts[1], Version: parts[2], Plural: parts[3], Namespace: parts[4], Name: parts[5]}
	return found, kinds[found.Plural] != ""
}
