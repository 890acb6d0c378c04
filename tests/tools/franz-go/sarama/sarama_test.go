// Package sarama tests a log with IBM's sarama. tests/clients/test_sarama_and_kafka_go.py starts the log
// and passes its address in KAFKA_BOOTSTRAP.
package sarama

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

const deadline = 90 * time.Second

var seeds = []string{os.Getenv("KAFKA_BOOTSTRAP")}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.MaxVersion
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Return.Successes = true
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	return c
}

func idempotent() *sarama.Config {
	c := config()
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	return c
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func admin(t *testing.T) sarama.ClusterAdmin {
	a := must(sarama.NewClusterAdmin(seeds, config()))(t)
	t.Cleanup(func() { a.Close() })
	return a
}

func create(t *testing.T, topic string, partitions int32) {
	t.Helper()
	detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1}
	if err := admin(t).CreateTopic(topic, detail, false); err != nil {
		t.Fatal(err)
	}
}

// values reads `count` values of a partition.
func values(t *testing.T, c *sarama.Config, topic string, partition int32, count int) []string {
	t.Helper()
	consumer := must(sarama.NewConsumer(seeds, c))(t)
	defer consumer.Close()
	reader := must(consumer.ConsumePartition(topic, partition, sarama.OffsetOldest))(t)
	defer reader.Close()
	var found []string
	timeout := time.After(deadline)
	for len(found) < count {
		select {
		case message := <-reader.Messages():
			found = append(found, string(message.Value))
		case <-timeout:
			t.Fatalf("%d of %d values of %s", len(found), count, topic)
		}
	}
	return found
}

func TestRecordsInEveryCodecComeBack(t *testing.T) {
	create(t, "sarama-codecs", 1)
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP,
		sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD}
	for n, codec := range codecs {
		c := config()
		c.Producer.Compression = codec
		producer := must(sarama.NewSyncProducer(seeds, c))(t)
		_, offset, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: "sarama-codecs", Value: sarama.StringEncoder(codec.String())})
		if err != nil || offset != int64(n) {
			t.Fatalf("%s: offset %d, %v", codec, offset, err)
		}
		producer.Close()
	}
	for n, value := range values(t, config(), "sarama-codecs", 0, len(codecs)) {
		if value != codecs[n].String() {
			t.Errorf("offset %d: %s", n, value)
		}
	}
}

// fill writes values 0 to count-1 with an asynchronous, idempotent producer.
func fill(t *testing.T, topic string, count int) {
	t.Helper()
	producer := must(sarama.NewAsyncProducer(seeds, idempotent()))(t)
	defer producer.Close()
	go func() {
		for n := range count {
			producer.Input() <- &sarama.ProducerMessage{
				Topic: topic, Key: sarama.StringEncoder(fmt.Sprint(n)),
				Value: sarama.StringEncoder(fmt.Sprint(n))}
		}
	}()
	for range count {
		select {
		case <-producer.Successes():
		case err := <-producer.Errors():
			t.Fatal(err)
		}
	}
}

// gathering counts what the members of a group get, and ends them when each value was seen.
type gathering struct {
	lock   sync.Mutex
	seen   map[string]int
	wanted int
	end    context.CancelFunc
}

func (*gathering) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*gathering) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (g *gathering) ConsumeClaim(s sarama.ConsumerGroupSession, c sarama.ConsumerGroupClaim) error {
	for message := range c.Messages() {
		g.lock.Lock()
		g.seen[string(message.Value)]++
		if len(g.seen) == g.wanted {
			g.end()
		}
		g.lock.Unlock()
		s.MarkMessage(message, "")
	}
	return nil
}

func member(ctx context.Context, c *sarama.Config, group, topic string, g *gathering) error {
	joined, err := sarama.NewConsumerGroup(seeds, group, c)
	if err != nil {
		return err
	}
	for ctx.Err() == nil && err == nil {
		err = joined.Consume(ctx, []string{topic}, g)
	}
	if errors.Is(err, context.Canceled) { // the others have read all while it joined
		err = nil
	}
	return errors.Join(err, joined.Close())
}

func TestGroupsOfEveryStrategyReadAll(t *testing.T) {
	const count = 2000
	create(t, "sarama-groups", 4)
	fill(t, "sarama-groups", count)
	strategies := []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange(),
		sarama.NewBalanceStrategySticky(), sarama.NewBalanceStrategyRoundRobin()}
	for _, strategy := range strategies {
		for _, static := range []bool{false, true} {
			group := fmt.Sprintf("sarama-%s-%v", strategy.Name(), static)
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			g := &gathering{seen: map[string]int{}, wanted: count, end: cancel}
			results := make(chan error, 2)
			for n := range 2 {
				c := config()
				c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
				if static {
					c.Consumer.Group.InstanceId = fmt.Sprint("member-", n)
				}
				go func() { results <- member(ctx, c, group, "sarama-groups", g) }()
			}
			if err := errors.Join(<-results, <-results); err != nil || len(g.seen) != count {
				t.Errorf("%s: %d values, %v", group, len(g.seen), err)
			}
			cancel()
		}
	}
}

func TestTransactionsAreCommittedAbortedAndFenced(t *testing.T) {
	create(t, "sarama-transactions", 1)
	c := idempotent()
	c.Producer.Transaction.ID = "sarama"
	producer := must(sarama.NewSyncProducer(seeds, c))(t)
	defer producer.Close()
	send := func(value string) error {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic: "sarama-transactions", Value: sarama.StringEncoder(value)})
		return err
	}
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, value := range []string{"first", "aborted", "last"} {
		step(producer.BeginTxn())
		step(send(value))
		if value == "aborted" {
			step(producer.AbortTxn())
			continue
		}
		metadata := value
		step(producer.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{
			"sarama-transactions": {{Partition: 0, Offset: 7, Metadata: &metadata}}}, "sarama-etl"))
		step(producer.CommitTxn())
	}
	second := must(sarama.NewSyncProducer(seeds, c))(t)
	defer second.Close()
	step(producer.BeginTxn())
	if send("late") == nil && producer.CommitTxn() == nil {
		t.Error("the first producer was not fenced")
	}
	committed := config()
	committed.Consumer.IsolationLevel = sarama.ReadCommitted
	found := values(t, committed, "sarama-transactions", 0, 2)
	if found[0] != "first" || found[1] != "last" {
		t.Errorf("committed: %v", found)
	}
	offsets := must(admin(t).ListConsumerGroupOffsets("sarama-etl",
		map[string][]int32{"sarama-transactions": {0}}))(t)
	block := offsets.GetBlock("sarama-transactions", 0)
	if block == nil || block.Offset != 7 || block.Metadata != "last" {
		t.Errorf("offsets: %v", block)
	}
}

func TestTheAdminSeesAndChangesTopics(t *testing.T) {
	a := admin(t)
	create(t, "sarama-admin", 2)
	if err := a.CreatePartitions("sarama-admin", 3, nil, false); err != nil {
		t.Fatal(err)
	}
	retention := "86400000"
	set := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {
		Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &retention}}
	if err := a.IncrementalAlterConfig(sarama.TopicResource, "sarama-admin", set, false); err != nil {
		t.Fatal(err)
	}
	detail := must(a.ListTopics())(t)["sarama-admin"]
	if detail.NumPartitions != 3 || *detail.ConfigEntries["retention.ms"] != retention {
		t.Errorf("%+v", detail)
	}
	brokers, controller, err := a.DescribeCluster()
	if err != nil || len(brokers) != 1 || controller != brokers[0].ID() {
		t.Errorf("%v, controller %d, %v", brokers, controller, err)
	}
	if len(must(a.DescribeLogDirs([]int32{controller}))(t)[controller]) == 0 {
		t.Error("no log folder")
	}
	err = a.CreateTopic("sarama-admin", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	if !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		t.Errorf("created twice: %v", err)
	}
	if err := a.DeleteTopic("never-made"); !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		t.Errorf("deleted what is not there: %v", err)
	}
}
