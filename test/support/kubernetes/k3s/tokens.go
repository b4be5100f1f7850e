package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// users sees to it that server/cred/passwd names the server's secret: the one that the flags give, or that the file has, or
// that the datastore keeps for whoever has the token, or else a random one (K3s pkg/daemons/control/deps/deps.go genUsers,
// pkg/passwd). An empty file counts as none, one that is no list of passwords ends the start.
func users(o *options) error {
	old, err := secretOf(o)
	if err != nil {
		return err
	}
	secret, err := givenSecret(o)
	if err != nil {
		return err
	}
	if secret == "" {
		secret = old
	}
	// The passwords are part of what the datastore keeps, under the token's digest (pkg/cluster/storage.go).
	if kept := tokenFile(o); secret == "" && kept != "" && bootstrapped(o) == digestOf(kept) {
		secret = kept
	}
	if secret == "" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		secret = hex.EncodeToString(random)
	}
	if secret == old {
		return nil
	}
	return writePasswords(o, secret)
}

func passwords(o *options) string { return o.server("cred", "passwd") }

// writePasswords does not sync, as K3s does not.
func writePasswords(o *options, secret string) error {
	var list bytes.Buffer
	err := csv.NewWriter(&list).WriteAll([][]string{
		{secret, "node", "node", "k3s:agent"}, {secret, "server", "server", "k3s:server"},
	})
	file := passwords(o)
	return errors.Join(err, os.WriteFile(file+".tmp", list.Bytes(), 0o600), os.Rename(file+".tmp", file))
}

// secretOf is the server's in the passwords; empty where there are none.
func secretOf(o *options) (string, error) {
	file := passwords(o)
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil {
		return "", err
	}
	for _, record := range records {
		if len(record) < 2 {
			return "", fmt.Errorf("password file '%s' must have at least 2 columns (password, name), found %d", file, len(record))
		}
		if record[1] == "server" {
			return record[0], nil
		}
	}
	return "", nil
}

func givenSecret(o *options) (string, error) {
	if secret := o.text("token", ""); secret != "" {
		return secret, nil
	}
	from := o.text("token-file", "")
	if from == "" {
		return "", nil
	}
	content, err := os.ReadFile(from)
	return strings.TrimSpace(string(content)), err
}

// tokenFile is the secret in server/token; empty where there is none, and where the file is (pkg/util/token.go ReadTokenFromFile).
func tokenFile(o *options) string {
	content, _ := os.ReadFile(o.server("token"))
	_, secret, _ := strings.Cut(strings.TrimSpace(string(content)), "::server:")
	return secret
}

// record stands for the datastore's key /bootstrap/<digest of the token>, under which K3s keeps its authorities; kine
// commits it with a sync.
func record(o *options) string { return o.server("db", "bootstrap") }

func bootstrapped(o *options) string {
	content, _ := os.ReadFile(record(o))
	return string(content)
}

func digestOf(secret string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(secret))) }

// bootstrap ends the start with another secret than the first start had (pkg/cluster/storage.go getBootstrapKeyFromStorage).
func bootstrap(o *options) error {
	secret, err := secretOf(o)
	if err != nil {
		return err
	}
	switch bootstrapped(o) {
	case digestOf(secret):
		return nil
	case "":
	default:
		return errors.New("failed to bootstrap cluster data: bootstrap data already found and encrypted with different token")
	}
	if err := os.MkdirAll(filepath.Dir(record(o)), 0o700); err != nil {
		return err
	}
	file, err := os.Create(record(o))
	if err != nil {
		return err
	}
	_, err = file.WriteString(digestOf(secret))
	return errors.Join(err, file.Sync(), file.Close())
}

// writeToken writes server/token at each start, and the link node-token to it (upstream 1.3).
func writeToken(o *options) error {
	secret, err := secretOf(o)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(o.tls("server-ca.crt"))
	if err != nil {
		return err
	}
	file, link := o.server("token"), o.server("node-token")
	content := fmt.Sprintf("K10%x::server:%s\n", sha256.Sum256(ca), secret)
	return errors.Join(os.WriteFile(file, []byte(content), 0o600), os.RemoveAll(link), os.Symlink(file, link))
}
