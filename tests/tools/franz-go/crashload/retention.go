package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

const (
	keptMs    = 1000 // of agedTopic
	keptBytes = 2    // of sizedTopic, in segments
	fillUp    = 16   // of the largest records make a segment, so that many fill up
	lookPause = 20 * time.Millisecond
)

// retain appends to the topics that lose their oldest segments by themselves, and looks where they
// start. The key of a record is its time.
func (l *load) retain(worker string) {
	dice := l.dice(worker)
	admin := kadm.NewClient(l.client())
	defer admin.Close()
	producer := l.producer(worker)
	defer producer.finish()
	for number := 0; !l.stopped(); {
		topic := []string{agedTopic, sizedTopic}[dice.Intn(2)]
		for range 1 + dice.Intn(10) {
			now := time.UnixMilli(time.Now().UnixMilli())
			producer.send(topic, dice.Int31n(partitionsOf(topic)), number, recordParts{
				key: strconv.FormatInt(now.UnixMilli(), 10), time: now,
				ballast: dice.Intn(l.segmentBytes / fillUp)})
			number++
		}
		producer.wait(0)
		l.lookAtStarts(admin, topic)
		l.pause(lookPause)
	}
}

// lookAtStarts writes down where the partitions start, and a time at which that was so.
func (l *load) lookAtStarts(admin *kadm.Client, topic string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil || starts.Error() != nil {
		return
	}
	now := time.Now().UnixMilli()
	starts.Each(func(start kadm.ListedOffset) {
		l.history.line("aged", topic, start.Partition, start.Offset, now)
	})
}

// noteSizes writes down how much of each partition is left.
func (l *load) noteSizes(ctx context.Context, admin *kadm.Client) error {
	var all kadm.TopicsSet
	for partition := range partitionsOf(sizedTopic) {
		all.Add(sizedTopic, partition)
	}
	found, err := admin.DescribeAllLogDirs(ctx, all)
	if err != nil {
		return fmt.Errorf("ask for the sizes of %s: %w", sizedTopic, err)
	}
	found.Each(func(folder kadm.DescribedLogDir) {
		if folder.Err != nil {
			err = fmt.Errorf("ask for the sizes of %s: %w", sizedTopic, folder.Err)
		}
		folder.Topics.Each(func(p kadm.DescribedLogDirPartition) {
			l.history.line("size", p.Topic, p.Partition, p.Size)
		})
	})
	return err
}
