// Package franzgo tests a log with franz-go. tests/clients/test_franz_go.py starts the log and
// passes its address in KAFKA_BOOTSTRAP.
package franzgo

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const deadline = 90 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	return ctx
}

func bootstrap(t *testing.T) string {
	t.Helper()
	address := os.Getenv("KAFKA_BOOTSTRAP")
	if address == "" {
		t.Fatal("KAFKA_BOOTSTRAP is not set: run scripts/test clients/test_franz_go")
	}
	return address
}

func client(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	all := append([]kgo.Opt{kgo.SeedBrokers(bootstrap(t))}, options...)
	c, err := kgo.NewClient(all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func admin(t *testing.T) *kadm.Client {
	t.Helper()
	return kadm.NewClient(client(t))
}

func createTopic(t *testing.T, topic string, partitions int32) {
	t.Helper()
	if _, err := admin(t).CreateTopic(within(t), partitions, 1, nil, topic); err != nil {
		t.Fatalf("create %s: %v", topic, err)
	}
}

// produce sends the records and fails unless each is acknowledged.
func produce(t *testing.T, c *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := c.ProduceSync(within(t), records...).FirstErr(); err != nil {
		t.Fatalf("produce: %v", err)
	}
}

func numbered(topic string, partition int32, from, to int) []*kgo.Record {
	var records []*kgo.Record
	for n := from; n < to; n++ {
		records = append(records, &kgo.Record{
			Topic: topic, Partition: partition, Value: fmt.Appendf(nil, "%d", n)})
	}
	return records
}

// consume returns the next `count` records that the client gets.
func consume(t *testing.T, c *kgo.Client, count int) []*kgo.Record {
	t.Helper()
	var found []*kgo.Record
	ctx := within(t)
	for len(found) < count {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d of %d records: %v", len(found), count, err)
		}
		found = append(found, fetches.Records()...)
	}
	return found
}

func reader(t *testing.T, topic string, options ...kgo.Opt) *kgo.Client {
	return client(t, append(options, kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
}
