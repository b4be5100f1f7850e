package edge

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAListIsRememberedWithWhatItsWatchChangedAndWithoutWhatIsHidden(t *testing.T) {
	file := t.TempDir() + "/edgecore.db"
	store := openedStore(t, file)
	list := `{"kind":"ServiceList","metadata":{"resourceVersion":"7"},"items":[` +
		`{"metadata":{"namespace":"default","name":"kubernetes"}},{"metadata":{"namespace":"a","name":"one"}}]}`
	shown := pass(t, store, "/api/v1/services?resourceVersion=0", list)
	if strings.Contains(shown, "kubernetes") || !strings.Contains(shown, "one") {
		t.Errorf("shown: %s", shown)
	}
	events := `{"type":"ADDED","object":{"metadata":{"namespace":"b","name":"two"}}}` +
		`{"type":"MODIFIED","object":{"metadata":{"namespace":"default","name":"kubernetes"}}}` +
		`{"type":"DELETED","object":{"metadata":{"namespace":"a","name":"one"}}}`
	if seen := pass(t, store, "/api/v1/services?watch=true&resourceVersion=7", events); strings.Contains(seen, "kubernetes") {
		t.Errorf("seen: %s", seen)
	}
	known, _ := store.get("/api/v1/services?")
	if text := string(known); strings.Contains(text, "one") || !strings.Contains(text, "two") {
		t.Errorf("known: %s", text)
	}
	if err := store.save(); err != nil {
		t.Fatal(err)
	}
	if again, found := openedStore(t, file).get("/api/v1/services?"); !found || !bytes.Equal(again, known) {
		t.Errorf("after opening it again: %s", again)
	}
}

func openedStore(t *testing.T, file string) *store {
	t.Helper()
	opened, err := readStore(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.database.Close() })
	return opened
}

func pass(t *testing.T, store *store, path, body string) string {
	t.Helper()
	response := &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{},
		Request: httptest.NewRequest(http.MethodGet, path, nil), Body: io.NopCloser(strings.NewReader(body)),
	}
	if err := store.remember(response, hidden); err != nil {
		t.Fatal(err)
	}
	passed, _ := io.ReadAll(response.Body)
	return string(passed)
}
