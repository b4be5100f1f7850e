package jointoken

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestATokenIsGoodForItsOwnCAUntilTwoIntervalsHavePassed(t *testing.T) {
	token := Create([]byte("ca"), []byte("key"), 12*time.Hour, now)
	if parts := strings.Split(token, "."); len(parts) != 4 || parts[0] != HashCA([]byte("ca")) {
		t.Fatalf("not four parts that begin with the CA's hash: %s", token)
	}
	jwt, err := VerifyCA(token, []byte("ca"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(jwt, []byte("key"), now.Add(24*time.Hour-time.Second)); err != nil {
		t.Error(err)
	}
	expectError(t, Verify(jwt, []byte("key"), now.Add(24*time.Hour)), "token has invalid claims: token is expired")
	expectError(t, Verify(jwt, []byte("other"), now), "token signature is invalid")
}

func TestATokenOfAnotherCloudIsRefusedOnTheEdge(t *testing.T) {
	token := Create([]byte("ca"), []byte("key"), time.Hour, now)
	_, err := VerifyCA(token, []byte("another"))
	expectError(t, err, "failed to validate CA certificate. tokenCAhash: "+HashCA([]byte("ca"))+", CAhash: ")
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	for _, token := range []string{"", "garbage", "a.b.c"} {
		_, err := VerifyCA(token, []byte("ca"))
		expectError(t, err, "credentials are in the wrong format")
	}
	expectError(t, Verify("a.b", nil, now), "token is malformed")
}

func expectError(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%v does not say %q", err, words)
	}
}
