package franzgo

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestATopicIsCreatedDescribedAndDeleted(t *testing.T) {
	const topic = "go-life"
	a := admin(t)
	compact := "compact"
	_, err := a.CreateTopic(within(t), 3, 1, map[string]*string{"cleanup.policy": &compact}, topic)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.CreateTopic(within(t), 1, 1, nil, topic); !errors.Is(err, kerr.TopicAlreadyExists) {
		t.Fatalf("created twice: %v", err)
	}
	listed, err := a.ListTopics(within(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(listed[topic].Partitions); n != 3 {
		t.Fatalf("%d partitions", n)
	}
	if listed[topic].ID == (kadm.TopicID{}) {
		t.Fatal("the topic has no id")
	}
	configs, err := a.DescribeTopicConfigs(within(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, config := range configs[0].Configs {
		found = found || config.Key == "cleanup.policy" && config.MaybeValue() == "compact"
	}
	if !found {
		t.Fatalf("cleanup.policy=compact is not among %v", configs[0].Configs)
	}
	if _, err = a.DeleteTopic(within(t), topic); err != nil {
		t.Fatal(err)
	}
	if _, err = a.DeleteTopic(within(t), topic); !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Fatalf("deleted twice: %v", err)
	}
}

func TestOffsetsAreFoundByTimeAndAtBothEnds(t *testing.T) {
	const topic = "go-times"
	createTopic(t, topic, 1)
	start := time.UnixMilli(1_700_000_000_000)
	records := numbered(topic, 0, 0, 100)
	for n, record := range records {
		record.Timestamp = start.Add(time.Duration(n) * time.Second)
	}
	produce(t, client(t), records...)
	a := admin(t)
	for after, expected := range map[time.Duration]int64{
		-time.Hour: 0, 500 * time.Millisecond: 1, 50 * time.Second: 50, time.Hour: 100} {
		offsets, err := a.ListOffsetsAfterMilli(within(t), start.Add(after).UnixMilli(), topic)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := offsets.Lookup(topic, 0); got.Offset != expected {
			t.Errorf("%v after the first event: offset %d, expected %d", after, got.Offset, expected)
		}
	}
	first, _ := a.ListStartOffsets(within(t), topic)
	end, err := a.ListEndOffsets(within(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	low, _ := first.Lookup(topic, 0)
	high, _ := end.Lookup(topic, 0)
	if low.Offset != 0 || high.Offset != 100 {
		t.Fatalf("the partition spans %d to %d", low.Offset, high.Offset)
	}
}

func TestAReaderBeyondTheEndIsToldSo(t *testing.T) {
	const topic = "go-beyond"
	createTopic(t, topic, 1)
	produce(t, client(t), numbered(topic, 0, 0, 5)...)
	c := client(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		topic: {0: kgo.NewOffset().At(1000)}}), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	err := c.PollFetches(within(t)).Err()
	if !errors.Is(err, kerr.OffsetOutOfRange) {
		t.Fatalf("reading at 1000 of 5: %v", err)
	}
}
