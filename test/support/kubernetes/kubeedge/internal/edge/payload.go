package edge

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// payloadMark ends a program that carries the kubelet behind its own code: the kubelet compressed, its SHA-256, its length
// in eight bytes, and this.
const payloadMark = "EDGEDOUB"

// unpackKubelet lays the kubelet that this program carries into the folder, once for each build, and returns its path.
// The program is called `edgecore`: upstream's node has one process for both, of that name, which has the kubelet's port.
func unpackKubelet(folder string) (string, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer self.Close()
	size, err := self.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	tail := make([]byte, sha256.Size+8+len(payloadMark))
	end := size - int64(len(tail))
	if _, err := self.ReadAt(tail, end); err != nil {
		return "", err
	}
	if string(tail[sha256.Size+8:]) != payloadMark {
		return "", errors.New("this program carries no kubelet: it was built without one")
	}
	length := int64(binary.BigEndian.Uint64(tail[sha256.Size:]))
	build := filepath.Join(folder, hex.EncodeToString(tail[:sha256.Size]))
	program := filepath.Join(build, "edgecore")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(build, 0o700)); err != nil {
		return "", err
	}
	return program, unpackTo(io.NewSectionReader(self, end-length, length), program)
}

func unpackTo(payload io.Reader, program string) error {
	plain, err := gzip.NewReader(payload)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(program+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, plain)
	// Upstream's has its kubelet inside, and nothing that a power loss could leave empty.
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(program+".tmp", program)
}
