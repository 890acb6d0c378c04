package franzgo

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Keys and values absent, empty, repetitive and incompressible; headers likewise.
func mixed(topic string, count int, rng *rand.Rand) []*kgo.Record {
	start := time.UnixMilli(1_700_000_000_000)
	records := []*kgo.Record{
		{Value: []byte("no key")},
		{Key: []byte{}, Value: []byte("empty key")},
		{Key: []byte("tombstone")},
		{Key: []byte("k"), Value: []byte{}, Headers: []kgo.RecordHeader{
			{Key: "null"}, {Key: "empty", Value: []byte{}}, {Key: "", Value: []byte("no name")},
			{Key: "twice", Value: []byte("1")}, {Key: "twice", Value: []byte("2")}}},
	}
	for n := len(records); n < count; n++ {
		value := bytes.Repeat(fmt.Appendf(nil, "payment %d;", n), rng.Intn(200))
		if n%3 == 0 {
			value = make([]byte, rng.Intn(20_000))
			rng.Read(value)
		}
		records = append(records, &kgo.Record{
			Key: fmt.Appendf(nil, "account-%d", rng.Intn(50)), Value: value})
	}
	for n, record := range records {
		record.Topic = topic
		record.Timestamp = start.Add(time.Duration(n) * time.Millisecond)
	}
	return records
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func assertSame(t *testing.T, sent, received []*kgo.Record) {
	t.Helper()
	if len(sent) != len(received) {
		t.Fatalf("sent %d records, received %d", len(sent), len(received))
	}
	for n := range sent {
		before, after := sent[n], received[n]
		if !same(before.Key, after.Key) || !same(before.Value, after.Value) {
			t.Fatalf("record %d: key or value differs: %.100q/%.100q, then %.100q/%.100q", n,
				before.Key, before.Value, after.Key, after.Value)
		}
		if !before.Timestamp.Equal(after.Timestamp) {
			t.Fatalf("record %d: timestamp %v, then %v", n, before.Timestamp, after.Timestamp)
		}
		if after.Offset != int64(n) {
			t.Fatalf("record %d has offset %d", n, after.Offset)
		}
		if len(before.Headers) != len(after.Headers) {
			t.Fatalf("record %d: %d headers, then %d", n, len(before.Headers), len(after.Headers))
		}
		for h := range before.Headers {
			if before.Headers[h].Key != after.Headers[h].Key ||
				!same(before.Headers[h].Value, after.Headers[h].Value) {
				t.Fatalf("record %d: header %v, then %v", n, before.Headers[h], after.Headers[h])
			}
		}
	}
}

func TestEventsOfEveryShapeComeBackInEveryCodec(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			topic := "go-shapes-" + name
			createTopic(t, topic, 1)
			sent := mixed(topic, 500, rand.New(rand.NewSource(seed)))
			produce(t, client(t, kgo.ProducerBatchCompression(codec)), sent...)
			assertSame(t, sent, consume(t, reader(t, topic), len(sent)))
		})
	}
}

func TestProducersOnManyPartitionsAtOnceLoseAndRepeatNothing(t *testing.T) {
	const topic, partitions, each = "go-parallel", 8, 1000
	createTopic(t, topic, partitions)
	var producers sync.WaitGroup
	for partition := range int32(partitions) {
		producers.Add(1)
		go func() {
			defer producers.Done()
			c := client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
			for _, record := range numbered(topic, partition, 0, each) {
				c.Produce(t.Context(), record, func(_ *kgo.Record, err error) {
					if err != nil {
						t.Errorf("partition %d: %v", partition, err)
					}
				})
			}
			if err := c.Flush(within(t)); err != nil {
				t.Error(err)
			}
		}()
	}
	producers.Wait()
	next := make([]int, partitions)
	for _, record := range consume(t, reader(t, topic), partitions*each) {
		value, _ := strconv.Atoi(string(record.Value))
		if value != next[record.Partition] || record.Offset != int64(value) {
			t.Fatalf("partition %d, offset %d: value %d, expected %d", record.Partition,
				record.Offset, value, next[record.Partition])
		}
		next[record.Partition]++
	}
}

func TestEveryAcksSettingStores(t *testing.T) {
	for name, acks := range map[string]kgo.Acks{
		"none": kgo.NoAck(), "leader": kgo.LeaderAck(), "all": kgo.AllISRAcks()} {
		t.Run(name, func(t *testing.T) {
			topic := "go-acks-" + name
			createTopic(t, topic, 1)
			options := []kgo.Opt{kgo.RequiredAcks(acks)}
			if name != "all" {
				options = append(options, kgo.DisableIdempotentWrite())
			}
			sent := numbered(topic, 0, 0, 100)
			produce(t, client(t, options...), sent...)
			for n, record := range consume(t, reader(t, topic), 100) {
				if string(record.Value) != strconv.Itoa(n) {
					t.Fatalf("record %d is %q", n, record.Value)
				}
			}
		})
	}
}

func TestALargeEventGoesThroughAndOneAboveTheLimitIsRefused(t *testing.T) {
	const topic = "go-large"
	createTopic(t, topic, 1)
	c := client(t, kgo.ProducerBatchMaxBytes(4<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	large := &kgo.Record{Topic: topic, Value: bytes.Repeat([]byte("x"), 1_000_000)}
	produce(t, c, large)
	tooLarge := &kgo.Record{Topic: topic, Value: bytes.Repeat([]byte("x"), 2_000_000)}
	err := c.ProduceSync(within(t), tooLarge).FirstErr()
	if !errors.Is(err, kerr.MessageTooLarge) {
		t.Fatalf("2 MB record: %v", err)
	}
	produce(t, client(t), &kgo.Record{Topic: topic, Value: []byte("after")})
	found := consume(t, reader(t, topic), 2)
	if len(found[0].Value) != 1_000_000 || string(found[1].Value) != "after" {
		t.Fatalf("got %d bytes, then %.20q", len(found[0].Value), found[1].Value)
	}
}

func TestBothIsolationLevelsSeeWhatIsAcknowledged(t *testing.T) {
	const topic = "go-isolation"
	createTopic(t, topic, 1)
	produce(t, client(t), numbered(topic, 0, 0, 10)...)
	for _, level := range []kgo.IsolationLevel{kgo.ReadCommitted(), kgo.ReadUncommitted()} {
		consume(t, reader(t, topic, kgo.FetchIsolationLevel(level)), 10)
	}
}
