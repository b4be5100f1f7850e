package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/sirupsen/logrus"
)

// payloadMark ends a program that carries a payload: a compressed tar, its SHA-256, its length in eight bytes, and this.
const payloadMark = "K3SDOUBL"

// unpack lays the programs that this one carries into data/<hash>/bin, once, and makes data/current point there, as K3s
// does at whatever is its first command (k3s v1.34.2 cmd/k3s/main.go, extract). It returns the folder of the programs.
func unpack(dataDir string) (string, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer self.Close()
	payload, hash, err := findPayload(self)
	if err != nil {
		return "", err
	}
	bin, err := unpackInto(dataDir, hash, payload)
	if err != nil {
		return "", fmt.Errorf("extracting data: %w", err)
	}
	return bin, nil
}

// unpackInto leaves nothing of what it could not finish: where the disk is full, the next start finds as much room as
// this one did, and fails in the same place.
func unpackInto(dataDir, hash string, payload io.Reader) (string, error) {
	data := filepath.Join(dataDir, "data")
	folder := filepath.Join(data, hash)
	bin := filepath.Join(folder, "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	// K3s' commands may come at once, `k3s kubectl` while the server starts: data/.lock lets one of them unpack.
	unlock, err := lockFolder(data)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	logrus.Infof("Preparing data dir %s", folder)
	unfinished := folder + "-tmp"
	defer os.RemoveAll(unfinished)
	if err := errors.Join(os.RemoveAll(unfinished), extract(payload, unfinished)); err != nil {
		return "", err
	}
	if err := listSums(filepath.Join(unfinished, "bin")); err != nil {
		return "", err
	}
	if err := pointCurrent(data, folder); err != nil {
		return "", err
	}
	return bin, os.Rename(unfinished, folder)
}

// listSums writes the digests of the programs beside them, where K3s has such a list from its build (k3s
// scripts/package-cli). Like K3s it syncs nothing: a power loss may leave any of it empty, and nothing looks again.
func listSums(bin string) error {
	entries, err := os.ReadDir(bin)
	if err != nil {
		return err
	}
	var list bytes.Buffer
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(bin, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  ./%s\n", sha256.Sum256(content), entry.Name())
	}
	return os.WriteFile(filepath.Join(bin, ".sha256sums"), list.Bytes(), 0o644)
}

// pointCurrent turns data/current into data/previous, and points a new one at the folder.
func pointCurrent(data, folder string) error {
	current := filepath.Join(data, "current")
	err := os.Rename(current, filepath.Join(data, "previous"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(folder, current)
}

// lockFolder holds data/.lock until the returned function is called, or the process ends.
func lockFolder(data string) (func(), error) {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	name := filepath.Join(data, ".lock")
	logrus.Infof("Acquiring lock file %s", name)
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { file.Close() }, nil
}

// findPayload finds the payload in a program, and its digest, without reading it.
func findPayload(program *os.File) (payload io.Reader, hash string, err error) {
	size, err := program.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, "", err
	}
	tail := make([]byte, sha256.Size+8+len(payloadMark))
	start := size - int64(len(tail))
	if _, err := program.ReadAt(tail, start); err != nil {
		return nil, "", err
	}
	if !bytes.HasSuffix(tail, []byte(payloadMark)) {
		return nil, "", errors.New("this program carries no payload: it was built without one")
	}
	length := int64(binary.BigEndian.Uint64(tail[sha256.Size:]))
	return io.NewSectionReader(program, start-length, length), hex.EncodeToString(tail[:sha256.Size]), nil
}

func extract(payload io.Reader, folder string) error {
	plain, err := gzip.NewReader(payload)
	if err != nil {
		return err
	}
	archive := tar.NewReader(plain)
	for {
		entry, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		place := filepath.Join(folder, entry.Name)
		switch entry.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(place, 0o755)
		case tar.TypeSymlink:
			err = os.Symlink(entry.Linkname, place)
		default:
			err = extractFile(archive, place, os.FileMode(entry.Mode))
		}
		if err != nil {
			return err
		}
	}
}

func extractFile(from io.Reader, place string, mode os.FileMode) error {
	file, err := os.OpenFile(place, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
