package cloud

import (
	"net/http"
	"regexp"
	"strings"
)

// What the hub carries for a node, and nothing else. KubeEdge v1.22.0 has a message for each of these
// (cloud/pkg/edgecontroller/controller/upstream.go); the names in parentheses there are resources here.
var carried = []struct {
	methods string
	path    *regexp.Regexp
}{
	{"GET", regexp.MustCompile(`^/api/v1/(nodes|pods|services)$`)},
	{"POST", regexp.MustCompile(`^/api/v1/nodes$`)},
	{"GET PATCH PUT", regexp.MustCompile(`^/api/v1/nodes/[^/]+(/status)?$`)},
	{"GET POST PATCH DELETE", regexp.MustCompile(`^/api/v1/namespaces/[^/]+/pods(/[^/]+(/status)?)?$`)},
	{"GET", regexp.MustCompile(`^/api/v1/namespaces/[^/]+/(configmaps|secrets|persistentvolumeclaims)(/[^/]+)?$`)},
	{"GET", regexp.MustCompile(`^/api/v1/persistentvolumes(/[^/]+)?$`)},
	{"POST", regexp.MustCompile(`^/api/v1/namespaces/[^/]+/serviceaccounts/[^/]+/token$`)},
	{"POST PATCH", regexp.MustCompile(`^/api/v1/namespaces/[^/]+/events(/[^/]+)?$`)},
	{"GET POST PUT", regexp.MustCompile(`^/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases(/[^/]+)?$`)},
}

// What metaServer may list and watch through the dynamic controller.
var meta = regexp.MustCompile(`^(/api/v1/(namespaces/[^/]+/)?(services|endpoints|nodes|pods)|/apis/discovery.k8s.io/v1/endpointslices|/apis/networking.istio.io/[^/]+/[^/]+)(/[^/]+)?$`)

var onePod = regexp.MustCompile(`^/api/v1/namespaces/[^/]+/pods/[^/]+$`)

// metaAllowed tells whether the dynamic controller does what a metaServer asks for. Upstream's has CloudCore's own
// rights, with which it may also delete pods (manifests/charts/cloudcore/templates/rbac_cloudcore.yaml).
func metaAllowed(method, path string) bool {
	if method == http.MethodDelete {
		return onePod.MatchString(path)
	}
	return method == http.MethodGet && meta.MatchString(path)
}

// allowed tells whether the hub carries such a request of this node: a node reads and writes its own object only, and
// watches only its own pods.
func allowed(request *http.Request, node string) bool {
	path := request.URL.Path
	if rest, found := strings.CutPrefix(path, "/api/v1/nodes/"); found && strings.TrimSuffix(rest, "/status") != node {
		return false
	}
	if path == "/api/v1/pods" && request.URL.Query().Get("fieldSelector") != "spec.nodeName="+node {
		return false
	}
	for _, one := range carried {
		if strings.Contains(one.methods, request.Method) && one.path.MatchString(path) {
			return true
		}
	}
	return false
}
