// Package segmentio tests a log with segmentio's kafka-go. tests/clients/test_sarama_and_kafka_go.py starts
// the log and passes its address in KAFKA_BOOTSTRAP.
package segmentio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

const deadline = 90 * time.Second

var address = os.Getenv("KAFKA_BOOTSTRAP")

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	return ctx
}

func client() *kafka.Client { return &kafka.Client{Addr: kafka.TCP(address)} }

func create(t *testing.T, topic string, partitions int) {
	t.Helper()
	made, err := client().CreateTopics(within(t), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}}})
	if err := errors.Join(err, made.Errors[topic]); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, topic string, codec kafka.Compression, count int) {
	t.Helper()
	writer := &kafka.Writer{Addr: kafka.TCP(address), Topic: topic, Balancer: &kafka.Hash{},
		RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond, Compression: codec}
	defer writer.Close()
	var messages []kafka.Message
	for n := range count {
		messages = append(messages, kafka.Message{Key: fmt.Append(nil, n),
			Value: fmt.Append(nil, codec, "/", n), Headers: []kafka.Header{{Key: "n", Value: fmt.Append(nil, n)}}})
	}
	if err := writer.WriteMessages(within(t), messages...); err != nil {
		t.Fatalf("%v: %v", codec, err)
	}
}

func TestAGroupReadsWhatWasWrittenInEveryCodec(t *testing.T) {
	const count = 300
	create(t, "segmentio-codecs", 4)
	codecs := []kafka.Compression{0, kafka.Gzip, kafka.Snappy, kafka.Lz4, kafka.Zstd}
	for _, codec := range codecs {
		write(t, "segmentio-codecs", codec, count)
	}
	ctx, cancel := context.WithCancel(within(t))
	var lock sync.Mutex
	var members sync.WaitGroup
	seen := map[string]bool{}
	commits := 0
	for range 2 {
		members.Go(func() {
			reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{address},
				GroupID: "segmentio", Topic: "segmentio-codecs", StartOffset: kafka.FirstOffset,
				MaxWait: 100 * time.Millisecond})
			defer reader.Close()
			for {
				message, err := reader.FetchMessage(ctx)
				if err != nil {
					return
				}
				// One fails whose generation or connection ends meanwhile; it is read again then.
				err = reader.CommitMessages(ctx, message)
				lock.Lock()
				if err == nil {
					commits++
				}
				seen[string(message.Value)] = true
				if len(seen) == count*len(codecs) {
					cancel()
				}
				lock.Unlock()
			}
		})
	}
	members.Wait()
	if len(seen) != count*len(codecs) || commits == 0 {
		t.Fatalf("%d of %d values, %d commits", len(seen), count*len(codecs), commits)
	}
	groups, err := client().DescribeGroups(within(t), &kafka.DescribeGroupsRequest{GroupIDs: []string{"segmentio"}})
	if err != nil || groups.Groups[0].Error != nil || groups.Groups[0].GroupState != "Empty" {
		t.Errorf("%+v, %v", groups, err)
	}
}

func TestAReaderBeginsWhereItIsTold(t *testing.T) {
	create(t, "segmentio-at", 1)
	write(t, "segmentio-at", kafka.Lz4, 100)
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{address}, Topic: "segmentio-at",
		MaxWait: 100 * time.Millisecond})
	defer reader.Close()
	if err := reader.SetOffset(42); err != nil {
		t.Fatal(err)
	}
	message, err := reader.ReadMessage(within(t))
	if err != nil || message.Offset != 42 || string(message.Key) != "42" {
		t.Errorf("%+v, %v", message, err)
	}
}

func TestAConnectionWritesSeeksAndReads(t *testing.T) {
	create(t, "segmentio-connection", 1)
	connection, err := kafka.DialLeader(within(t), "tcp", address, "segmentio-connection", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.WriteMessages(kafka.Message{Value: []byte("a")}, kafka.Message{Value: []byte("b")}); err != nil {
		t.Fatal(err)
	}
	first, last, err := connection.ReadOffsets()
	if err != nil || first != 0 || last != 2 {
		t.Errorf("offsets %d to %d, %v", first, last, err)
	}
	if _, err := connection.Seek(1, kafka.SeekAbsolute); err != nil {
		t.Fatal(err)
	}
	if message, err := connection.ReadMessage(1000); err != nil || string(message.Value) != "b" {
		t.Errorf("%+v, %v", message, err)
	}
}

func TestTheClientChangesTopicsAndOffsets(t *testing.T) {
	ctx, c := within(t), client()
	create(t, "segmentio-admin", 1)
	more, err := c.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{
		Name: "segmentio-admin", Count: 2,
		TopicPartitionAssignments: []kafka.TopicPartitionAssignment{{BrokerIDs: []int32{1}}}}}})
	if err != nil || more.Errors["segmentio-admin"] != nil {
		t.Fatalf("%+v, %v", more, err)
	}
	changed, err := c.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: "segmentio-admin",
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "86400000",
				ConfigOperation: kafka.ConfigOperationSet}}}}})
	if err != nil || changed.Resources[0].Error != nil {
		t.Fatalf("%+v, %v", changed, err)
	}
	fresh := &kafka.Client{Addr: c.Addr, Transport: &kafka.Transport{}} // the other has cached it
	metadata, err := fresh.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{"segmentio-admin"}})
	if err != nil || len(metadata.Topics[0].Partitions) != 2 {
		t.Errorf("%+v, %v", metadata, err)
	}
	committed, err := c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: "segmentio-admin", GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{"segmentio-admin": {{Partition: 1, Offset: 0, Metadata: "by hand"}}}})
	if err != nil || committed.Topics["segmentio-admin"][0].Error != nil {
		t.Fatalf("%+v, %v", committed, err)
	}
	fetched, err := c.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: "segmentio-admin",
		Topics: map[string][]int{"segmentio-admin": {1}}})
	if err != nil || fetched.Topics["segmentio-admin"][0].Metadata != "by hand" {
		t.Errorf("%+v, %v", fetched, err)
	}
}
