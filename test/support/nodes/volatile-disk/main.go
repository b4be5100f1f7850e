// volatile-disk shows a file as a disk with a volatile write cache: `volatile-disk MEDIUM FOLDER SEED` mounts a FUSE
// file system at FOLDER with the one file "disk", and prints "ready". A loop device over that file passes the
// flushes of the file system on it. Killing the program is the loss of power: what was not flushed is on MEDIUM in
// part, and everything that is still mounted gets input/output errors.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

type folder struct {
	fs.Inode
	disk *disk
}

func (f *folder) OnAdd(ctx context.Context) {
	f.AddChild("disk", f.NewPersistentInode(ctx, f.disk, fs.StableAttr{Mode: fuse.S_IFREG}), false)
}

type disk struct {
	fs.Inode
	cache *cache
	size  uint64
}

var (
	_ fs.NodeOnAdder   = (*folder)(nil)
	_ fs.NodeGetattrer = (*disk)(nil)
	_ fs.NodeOpener    = (*disk)(nil)
	_ fs.NodeReader    = (*disk)(nil)
	_ fs.NodeWriter    = (*disk)(nil)
	_ fs.NodeFsyncer   = (*disk)(nil)
)

func (d *disk) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = fuse.S_IFREG | 0o600
	out.Size = d.size
	return fs.OK
}

func (d *disk) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, fs.OK
}

func (d *disk) Read(_ context.Context, _ fs.FileHandle, to []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	if err := d.cache.read(to, offset); err != nil {
		return nil, fs.ToErrno(err)
	}
	return fuse.ReadResultData(to), fs.OK
}

func (d *disk) Write(_ context.Context, _ fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	if err := d.cache.write(data, offset); err != nil {
		return 0, fs.ToErrno(err)
	}
	return uint32(len(data)), fs.OK
}

func (d *disk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return fs.ToErrno(d.cache.flush())
}

func run(medium, at, seed string) error {
	number, err := strconv.ParseInt(seed, 10, 64)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(medium, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	information, err := file.Stat()
	if err != nil {
		return err
	}
	size := uint64(information.Size())
	root := &folder{disk: &disk{cache: newCache(file, number), size: size}}
	server, err := fs.Mount(at, root, &fs.Options{MountOptions: fuse.MountOptions{
		DirectMountStrict: true,
		FsName:            "volatile-disk",
		MaxWrite:          1 << 20,
	}})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	server.Wait()
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: volatile-disk MEDIUM FOLDER SEED")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "volatile-disk:", err)
		os.Exit(1)
	}
}
