package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (l *load) readCommitted(worker string)   { l.read(worker, "committed") }
func (l *load) readUncommitted(worker string) { l.read(worker, "uncommitted") }

func isolation(level string) kgo.Opt {
	if level == "committed" {
		return kgo.FetchIsolationLevel(kgo.ReadCommitted())
	}
	return kgo.FetchIsolationLevel(kgo.ReadUncommitted())
}

// read follows every dense topic; now and then a new client goes on where the last one ended.
func (l *load) read(worker, level string) {
	dice := l.dice(worker)
	next := map[string]map[int32]kgo.Offset{}
	for _, t := range l.denseTopics() {
		next[t.name] = map[int32]kgo.Offset{}
		for partition := range t.partitions {
			next[t.name][partition] = kgo.NewOffset().At(0)
			l.history.line("seek", worker, level, t.name, partition, 0)
		}
	}
	for !l.stopped() {
		client := l.client(kgo.ConsumePartitions(next), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
			isolation(level), kgo.FetchMaxWait(200*time.Millisecond))
		for steps := 50 + dice.Intn(500); steps > 0 && !l.stopped(); steps-- {
			ctx, cancel := context.WithTimeout(l.stopping, time.Second)
			fetches := client.PollFetches(ctx)
			cancel()
			l.noteFetches(worker, level, fetches)
			fetches.EachRecord(func(record *kgo.Record) {
				next[record.Topic][record.Partition] = kgo.NewOffset().At(record.Offset + 1)
			})
		}
		client.Close()
	}
}

// denseTopics are those that are there: who reads them depends on who writes.
func (l *load) denseTopics() []topic {
	return slices.DeleteFunc(slices.Clone(l.made), func(t topic) bool { return t.rule != "dense" })
}

func header(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return "-"
}

// noteFetches writes down what a reader was shown, partition by partition.
func (l *load) noteFetches(worker, level string, fetches kgo.Fetches) {
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if p.Err != nil {
			if errors.Is(p.Err, kerr.OffsetOutOfRange) || isDataLoss(p.Err) {
				l.history.fault("%s was told of %s-%d: %v", worker, p.Topic, p.Partition, p.Err)
			}
			return
		}
		if len(p.Records) == 0 {
			return
		}
		var seen strings.Builder
		for i, record := range p.Records {
			if i > 0 {
				seen.WriteByte(',')
			}
			fmt.Fprintf(&seen, "%d=%s", record.Offset, header(record, idHeader))
		}
		l.history.line("read", worker, level, p.Topic, p.Partition, p.HighWatermark,
			p.LastStableOffset, seen.String())
	})
}

func isDataLoss(err error) bool {
	var loss *kgo.ErrDataLoss
	return errors.As(err, &loss)
}

// readAll reads a partition from its first record to the one with the id `last`.
func (l *load) readAll(ctx context.Context, level, topic string, partition int32, last string) error {
	options := []kgo.Opt{isolation(level), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
			topic: {partition: kgo.NewOffset().AtStart()}})}
	if level == "uncommitted" {
		options = append(options, kgo.KeepControlRecords())
	}
	client := l.client(options...)
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return fmt.Errorf("read %s-%d (%s) up to %s: %w", topic, partition, level, last, err)
		}
		for _, record := range fetches.Records() {
			id := header(record, idHeader)
			if record.Attrs.IsControl() {
				id = "!abort"
				if len(record.Key) >= 4 && record.Key[3] == 1 {
					id = "!commit"
				}
			}
			l.history.line("log", level, topic, partition, record.Offset, id)
			if id == last {
				return nil
			}
		}
	}
}
