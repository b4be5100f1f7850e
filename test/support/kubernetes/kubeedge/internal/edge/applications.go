package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/messages"
)

// applications are the watches at metaServer that the cloud has been told of, with how many clients each has
// (KubeEdge v1.22.0 edge/pkg/metamanager/metaserver/agent). The cloud is told of a watch when its first client opens it,
// and of all when one has lost its last client. It is not told again after a reconnection: a CloudCore that was started
// meanwhile knows of none.
type applications struct {
	connected func() bool
	transport http.RoundTripper

	mutex sync.Mutex
	open  map[messages.Watch]int
}

// apply opens a watch. Without a connection it opens none, and the client still gets what is known here.
func (applications *applications) apply(ctx context.Context, watch messages.Watch) (end func(), err error) {
	if !applications.connected() {
		return func() {}, errNoCloud
	}
	applications.mutex.Lock()
	applications.open[watch]++
	first := applications.open[watch] == 1
	applications.mutex.Unlock()
	if first {
		ctx, cancel := context.WithTimeout(ctx, metaTimeout)
		defer cancel()
		err = applications.announce(ctx, messages.Announcement{Watches: []messages.Watch{watch}})
	}
	return func() { applications.close(watch) }, err
}

func (applications *applications) close(watch messages.Watch) {
	applications.mutex.Lock()
	applications.open[watch]--
	last := applications.open[watch] == 0
	if last {
		delete(applications.open, watch)
	}
	applications.mutex.Unlock()
	if last {
		go applications.announceAll()
	}
}

// announceAll tries until it is done.
func (applications *applications) announceAll() {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		all := messages.Announcement{All: true, Watches: []messages.Watch{}}
		applications.mutex.Lock()
		for watch := range applications.open {
			all.Watches = append(all.Watches, watch)
		}
		applications.mutex.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), metaTimeout)
		err := applications.announce(ctx, all)
		cancel()
		if err == nil {
			return
		}
		klog.Errorf("syncWatchApplications SendSync msg err: %v", err)
		time.Sleep(wait)
	}
}

func (applications *applications) announce(ctx context.Context, announcement messages.Announcement) error {
	body, err := json.Marshal(announcement)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://cloudcore"+messages.WatchesPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := applications.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the cloud refuses: %s", response.Status)
	}
	return nil
}
