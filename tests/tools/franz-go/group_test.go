package franzgo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A member of a group on a goroutine of its own, as a service would run it. It commits what it got.
type member struct {
	client *kgo.Client
	mutex  sync.Mutex
	held   []int32
	values []string
	done   chan struct{}
}

func join(t *testing.T, group, topic string, options ...kgo.Opt) *member {
	m := &member{done: make(chan struct{})}
	change := func(held func([]int32, int32) []int32) func(context.Context, *kgo.Client,
		map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			for _, partition := range partitions[topic] {
				m.held = held(m.held, partition)
			}
			slices.Sort(m.held)
		}
	}
	remove := change(func(held []int32, gone int32) []int32 {
		return slices.DeleteFunc(held, func(p int32) bool { return p == gone })
	})
	m.client = reader(t, topic, append(options, kgo.ConsumerGroup(group), kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.OnPartitionsAssigned(change(func(held []int32, got int32) []int32 {
			return append(held, got)
		})),
		kgo.OnPartitionsRevoked(remove), kgo.OnPartitionsLost(remove))...)
	go func() {
		defer close(m.done)
		for {
			fetches := m.client.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			m.mutex.Lock()
			fetches.EachRecord(func(record *kgo.Record) {
				m.values = append(m.values, string(record.Value))
			})
			m.mutex.Unlock()
			err := m.client.CommitUncommittedOffsets(context.Background())
			if err != nil && !errors.Is(err, kgo.ErrClientClosed) {
				t.Errorf("commit: %v", err)
			}
		}
	}()
	t.Cleanup(m.leave)
	return m
}

func (m *member) leave() {
	m.client.Close()
	<-m.done
}

func (m *member) holds() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Clone(m.held)
}

func (m *member) got() []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Clone(m.values)
}

func eventually(t *testing.T, what string, condition func() bool, members ...*member) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	limit := time.After(deadline)
	for !condition() {
		select {
		case <-ticker.C:
		case <-limit:
			state := ""
			for _, m := range members {
				state += fmt.Sprintf(" %v/%d events", m.holds(), len(m.got()))
			}
			t.Fatalf("waited %v for %s:%s", deadline, what, state)
		}
	}
}

func testSharing(t *testing.T, topic string, balancer kgo.GroupBalancer) {
	createTopic(t, topic, 4)
	all := []int32{0, 1, 2, 3}
	one := join(t, "g-"+topic, topic, kgo.Balancers(balancer))
	eventually(t, "one to hold all", func() bool { return slices.Equal(one.holds(), all) }, one)
	two := join(t, "g-"+topic, topic, kgo.Balancers(balancer))
	eventually(t, "both to hold two", func() bool {
		together := append(one.holds(), two.holds()...)
		slices.Sort(together)
		return len(one.holds()) == 2 && slices.Equal(together, all)
	}, one, two)
	producer := client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for _, partition := range all {
		produce(t, producer, numbered(topic, partition, int(partition)*100,
			int(partition)*100+100)...)
	}
	eventually(t, "all events", func() bool { return len(one.got())+len(two.got()) >= 400 }, one, two)
	seen := map[string]int{}
	for _, value := range append(one.got(), two.got()...) {
		seen[value]++
	}
	for n := range 400 {
		if seen[strconv.Itoa(n)] != 1 {
			t.Fatalf("event %d was delivered %d times", n, seen[strconv.Itoa(n)])
		}
	}
	two.leave()
	eventually(t, "one to take over", func() bool { return slices.Equal(one.holds(), all) }, one)
}

func TestMembersShareAndHandOverCooperatively(t *testing.T) {
	testSharing(t, "go-cooperative", kgo.CooperativeStickyBalancer())
}

func TestMembersShareAndHandOverEagerly(t *testing.T) {
	testSharing(t, "go-eager", kgo.RangeBalancer())
}

func TestAGroupResumesWhereItCommitted(t *testing.T) {
	const topic = "go-resumed"
	createTopic(t, topic, 1)
	produce(t, client(t), numbered(topic, 0, 0, 100)...)
	first := join(t, "g-go-resumed", topic)
	eventually(t, "the first 100", func() bool { return len(first.got()) == 100 }, first)
	first.leave()
	produce(t, client(t), numbered(topic, 0, 100, 150)...)
	second := join(t, "g-go-resumed", topic)
	eventually(t, "the next 50", func() bool { return len(second.got()) >= 50 }, second)
	if got := second.got(); got[0] != "100" || len(got) != 50 {
		t.Fatalf("resumed at %s with %d events", got[0], len(got))
	}
}

func TestAStaticMemberComesBackToItsPartitions(t *testing.T) {
	const topic = "go-static"
	createTopic(t, topic, 2)
	first := join(t, "g-go-static", topic, kgo.InstanceID("static-1"))
	eventually(t, "both partitions", func() bool { return len(first.holds()) == 2 }, first)
	first.client.CloseAllowingRebalance() // a static member does not leave when it closes
	again := join(t, "g-go-static", topic, kgo.InstanceID("static-1"))
	eventually(t, "both partitions again", func() bool { return len(again.holds()) == 2 }, again)
	produce(t, client(t), numbered(topic, 0, 0, 10)...)
	eventually(t, "the events", func() bool { return len(again.got()) == 10 }, again)
}
