package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/sirupsen/logrus"
)

// settle is how long a file of the images folder is left alone after a change (upstream 1.4).
const settle = 2 * time.Second

// imageWatcher takes in what is in the images folder and its sub-folders at the start, one file after the other, and from
// then on what is added there (upstream 1.4). A .cache.json, by which K3s remembers files over a restart, is not read.
type imageWatcher struct {
	folder string
	store  *imageStore
	events *fsnotify.Watcher
	queue  chan string
	known  map[string]fs.FileInfo

	lock  sync.Mutex
	later map[string]*time.Timer
}

// watchImages starts the watching. It returns when the last of the files that are there has been begun, which is not
// when it has been imported: the start of K3s does not wait for that (upstream 1.4).
func watchImages(ctx context.Context, folder string, store *imageStore) error {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	w := &imageWatcher{
		folder: folder, store: store, events: events, queue: make(chan string),
		known: map[string]fs.FileInfo{}, later: map[string]*time.Timer{},
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := store.unpinAll(ctx); err != nil {
		logrus.Errorf("Failed to clear the pins of images: %v", err)
	}
	go w.work(ctx)
	for _, file := range w.follow(folder) {
		w.queue <- file
	}
	go w.listen(ctx)
	return nil
}

func (w *imageWatcher) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case file := <-w.queue:
			w.consider(ctx, file)
		}
	}
}

// consider imports a file that is new, or that has another size and a later time than when it was last seen.
func (w *imageWatcher) consider(ctx context.Context, file string) {
	now, err := os.Stat(file)
	if err != nil {
		delete(w.known, file)
		return
	}
	before := w.known[file]
	w.known[file] = now
	if before == nil || (now.Size() != before.Size() && now.ModTime().After(before.ModTime())) {
		w.store.load(ctx, file)
	}
}

// follow watches a folder and those in it, and returns the image files that are there.
func (w *imageWatcher) follow(folder string) []string {
	var files []string
	_ = filepath.WalkDir(folder, func(place string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			logrus.Errorf("Unable to read %s: %v", place, err)
		case entry.IsDir():
			if err := w.events.Add(place); err != nil {
				logrus.Errorf("Failed to watch %s: %v", place, err)
			}
		case isImageFile(place):
			files = append(files, place)
		}
		return nil
	})
	return files
}

func (w *imageWatcher) listen(ctx context.Context) {
	defer w.events.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case err := <-w.events.Errors:
			logrus.Errorf("Image watcher received an error: %v", err)
		case event := <-w.events.Events:
			w.wait(ctx, event.Name)
		}
	}
}

func (w *imageWatcher) wait(ctx context.Context, place string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if timer := w.later[place]; timer != nil {
		timer.Stop()
	}
	w.later[place] = time.AfterFunc(settle, func() {
		w.lock.Lock()
		delete(w.later, place)
		w.lock.Unlock()
		files := []string{place}
		if found, err := os.Stat(place); err == nil && found.IsDir() {
			files = w.follow(place)
		}
		for _, file := range files {
			if !isImageFile(file) {
				continue
			}
			select {
			case w.queue <- file:
			case <-ctx.Done():
			}
		}
	})
}
