// Package jointoken makes and checks the tokens with which an edge node asks for its certificate.
//
// KubeEdge v1.22.0 pkg/security/token/token.go: `sha256hex(CA in DER).<JWT>`, four parts between dots; the JWT is
// signed with HS256 under the CA's private key in DER, and lives twice as long as the refresh interval.
package jointoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const header = `{"alg":"HS256","typ":"JWT"}`

type claims struct {
	Expires int64 `json:"exp"`
}

// Create makes a token that is valid for two intervals from now on.
func Create(ca, caKey []byte, interval time.Duration, now time.Time) string {
	body, _ := json.Marshal(claims{Expires: now.Add(2 * interval).Unix()})
	signed := encode([]byte(header)) + "." + encode(body)
	return HashCA(ca) + "." + signed + "." + encode(sign(signed, caKey))
}

// HashCA is the first part of a token.
func HashCA(ca []byte) string {
	digest := sha256.Sum256(ca)
	return hex.EncodeToString(digest[:])
}

// VerifyCA checks on the edge that the CA is the one that the token names, and returns the JWT alone. The words of its
// errors are upstream's: operators find them in edgecore's journal.
func VerifyCA(token string, ca []byte) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 {
		return "", fmt.Errorf("token %s credentials are in the wrong format", token)
	}
	if hash := HashCA(ca); hash != parts[0] {
		return "", fmt.Errorf("failed to validate CA certificate. tokenCAhash: %s, CAhash: %s", parts[0], hash)
	}
	return strings.Join(parts[1:], "."), nil
}

// Verify checks a JWT in the cloud. The words are those of golang-jwt v5, which upstream passes on to the edge.
func Verify(jwt string, caKey []byte, now time.Time) error {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return errors.New("token is malformed: token contains an invalid number of segments")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return fmt.Errorf("token is malformed: could not base64 decode signature: %w", err)
	}
	if !hmac.Equal(signature, sign(parts[0]+"."+parts[1], caKey)) {
		return errors.New("token signature is invalid: signature is invalid")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("token is malformed: could not base64 decode claim: %w", err)
	}
	var claimed claims
	if err := json.Unmarshal(body, &claimed); err != nil {
		return fmt.Errorf("token is malformed: could not JSON decode claim: %w", err)
	}
	if now.Unix() >= claimed.Expires {
		return errors.New("token has invalid claims: token is expired")
	}
	return nil
}

func sign(text string, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func encode(content []byte) string { return base64.RawURLEncoding.EncodeToString(content) }
