package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// The worker that writes the last record of each partition, so that readers know where to end.
const closer = "end"

// readEverything ends what the workers left open, and writes down what is there: every topic,
// every record at both levels of isolation, every offset of every group.
func (l *load) readEverything(kinds []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := l.client()
	defer client.Close()
	admin := kadm.NewClient(client)
	if err := l.endTransactions(kinds); err != nil {
		return err
	}
	found, err := admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	number := 0
	for _, detail := range found.Sorted() {
		if detail.IsInternal || strings.HasPrefix(detail.Topic, "__") {
			continue
		}
		l.history.line("exists", detail.Topic)
		for partition := range int32(len(detail.Partitions)) {
			if err := l.readPartition(ctx, admin, detail.Topic, partition, number); err != nil {
				return err
			}
			number++
		}
	}
	if slices.Contains(kinds, "retain") {
		if err := l.noteSizes(ctx, admin); err != nil {
			return err
		}
	}
	return l.askGroups(ctx, admin, kinds)
}

// endTransactions takes over the transactional ids: what was left open is aborted, or completed.
func (l *load) endTransactions(kinds []string) error {
	workers, err := l.workers(kinds)
	if err != nil {
		return err
	}
	for worker := range workers {
		kind, _, _ := strings.Cut(worker, "-")
		if kind != "txn" && kind != "copy" {
			continue
		}
		client := l.client(transactional(worker)...)
		err := takeOver(client)
		client.Close()
		if err != nil {
			return fmt.Errorf("take over transactional id %s: %w", worker, err)
		}
	}
	return nil
}

func (l *load) readPartition(ctx context.Context, admin *kadm.Client, topic string, partition int32,
	number int) error {
	last := l.producer(closer)
	last.send(topic, partition, number, recordParts{key: closer})
	last.finish()
	if last.takeFailures() > 0 {
		return fmt.Errorf("cannot append to %s-%d", topic, partition)
	}
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err = errors.Join(err, starts.Error()); err != nil {
		return fmt.Errorf("ask for the start of %s: %w", topic, err)
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err = errors.Join(err, ends.Error()); err != nil {
		return fmt.Errorf("ask for the end of %s: %w", topic, err)
	}
	start, _ := starts.Lookup(topic, partition)
	end, _ := ends.Lookup(topic, partition)
	l.history.line("bounds", topic, partition, start.Offset, end.Offset)
	id := fmt.Sprintf("%s:%d", closer, number)
	for _, level := range []string{"uncommitted", "committed"} {
		if err := l.readAll(ctx, level, topic, partition, id); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) askGroups(ctx context.Context, admin *kadm.Client, kinds []string) error {
	groups := map[string]string{"group": memberGroup, "commit": aloneGroup, "copy": copyGroup}
	for kind, group := range groups {
		if !slices.Contains(kinds, kind) {
			continue
		}
		found, err := admin.FetchOffsets(ctx, group)
		if err = errors.Join(err, found.Error()); err != nil {
			return fmt.Errorf("ask for the offsets of group %s: %w", group, err)
		}
		found.Each(func(offset kadm.OffsetResponse) {
			l.history.line("group", group, offset.Topic, offset.Partition, offset.At)
		})
	}
	return nil
}
