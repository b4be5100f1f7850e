package edge

import (
	"errors"

	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestWithoutTheCloudThereIsNoTokenAndWhatIsKnownIsAnswered(t *testing.T) {
	store := openedStore(t, t.TempDir()+"/edgecore.db")
	store.put("/api/v1/namespaces/default/configmaps/kube-root-ca.crt?", []byte(`{"kind":"ConfigMap"}`))
	proxy := &proxy{store: store}
	for _, one := range []struct {
		method, path string
		err          error
		code         int
		words        string
	}{
		{"POST", "/api/v1/namespaces/default/serviceaccounts/default/token", errNoCloud, 500, "serviceaccount length from meta db is 0"},
		{"GET", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt", errNoCloud, 200, `{"kind":"ConfigMap"}`},
		{"POST", "/api/v1/nodes", errNoCloud, 503, errNoCloud.Error()},
		{"POST", "/api/v1/nodes", os.ErrDeadlineExceeded, 500, "create node failed, err: timeout to get response for message "},
		{"GET", "/api/v1/namespaces/a/secrets/b", os.ErrDeadlineExceeded, 500, "get secret failed, err: timeout to get response for message "},
		{"PATCH", "/api/v1/nodes/edge/status", errors.New("reset"), 503, "reset"},
	} {
		recorder := httptest.NewRecorder()
		proxy.offline(recorder, httptest.NewRequest(one.method, one.path, nil), one.err)
		if recorder.Code != one.code || !strings.Contains(recorder.Body.String(), one.words) {
			t.Errorf("%s %s: %d %s", one.method, one.path, recorder.Code, recorder.Body)
		}
	}
}

func TestMessagesAreNumberedByUUIDs(t *testing.T) {
	first, second := messageID(), messageID()
	if len(first) != 36 || first[14] != '4' || first == second {
		t.Errorf("%s, %s", first, second)
	}
}

func TestAnExecEndsTheProgramWhenItsTurnHasCome(t *testing.T) {
	file := t.TempDir() + "/switch"
	panicFile = file
	execs := &execs{}
	execs.ended()
	if err := os.WriteFile(file, []byte("2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	execs.ended()
	defer func() {
		if died, ok := recover().(error); !ok || died.Error() != "send on closed channel" {
			t.Errorf("died of %v", died)
		}
	}()
	execs.ended()
	t.Error("the second exec did not end it")
}
