package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

const (
	plainTopic   = "plain"   // of producers that may repeat themselves
	onceTopic    = "once"    // of idempotent ones
	mixedTopic   = "mixed"   // of transactions, among records of idempotent producers
	inTopic      = "in"      // copied, in transactions, to:
	outTopic     = "out"     //
	compactTopic = "compact" // the latest of each key stays
	trimTopic    = "trim"    // its oldest records are deleted on demand
	agedTopic    = "aged"    // what is too old leaves it
	sizedTopic   = "sized"   // the oldest leaves it when there is more than enough
)

// topic is one that is there from the first moment to the last.
type topic struct {
	name       string
	partitions int32
	rule       string   // what the checker holds it to: dense, compacted, trimmed, aged or sized
	kinds      []string // of workers that need it
}

var topics = []topic{
	{plainTopic, 1, "dense", []string{"plain"}},
	{onceTopic, 3, "dense", []string{"once", "group", "commit", "txn"}},
	{mixedTopic, 2, "dense", []string{"once", "txn"}},
	{inTopic, 2, "dense", []string{"once", "txn", "copy"}},
	{outTopic, 2, "dense", []string{"copy"}},
	{compactTopic, 1, "compacted", []string{"keyed", "txn"}},
	{trimTopic, 2, "trimmed", []string{"trim"}},
	{agedTopic, 2, "aged", []string{"retain"}},
	{sizedTopic, 2, "sized", []string{"retain"}},
}

func topicsOf(kinds []string) []topic {
	return slices.DeleteFunc(slices.Clone(topics), func(t topic) bool {
		return !slices.ContainsFunc(t.kinds, func(k string) bool { return slices.Contains(kinds, k) })
	})
}

func partitionsOf(name string) int32 {
	for _, t := range topics {
		if t.name == name {
			return t.partitions
		}
	}
	panic("no topic " + name)
}

func (l *load) config(rule string) map[string]*string {
	config := map[string]string{"segment.bytes": strconv.Itoa(l.segmentBytes)}
	switch rule {
	case "compacted":
		config["cleanup.policy"] = "compact"
		config["segment.ms"] = "500"
		config["min.cleanable.dirty.ratio"] = "0.01"
		config["delete.retention.ms"] = "100"
	case "trimmed":
		config["file.delete.delay.ms"] = "100"
	case "aged":
		config["segment.ms"] = "200"
		config["retention.ms"] = strconv.Itoa(keptMs)
	case "sized":
		config["retention.bytes"] = strconv.Itoa(keptBytes * l.segmentBytes)
	}
	pointers := map[string]*string{}
	for name, value := range config {
		pointers[name] = &value
	}
	return pointers
}

func (l *load) createTopics(kinds []string) error {
	client := kadm.NewClient(l.client())
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, t := range topicsOf(kinds) {
		if _, err := client.CreateTopic(ctx, t.partitions, 1, l.config(t.rule), t.name); err != nil {
			return fmt.Errorf("create %s: %w", t.name, err)
		}
		l.history.line("topic", t.name, t.partitions, t.rule)
		switch t.rule {
		case "aged":
			l.history.line("keep", t.name, keptMs, -1)
		case "sized":
			l.history.line("keep", t.name, -1, keptBytes*l.segmentBytes)
		}
		l.made = append(l.made, t)
	}
	return nil
}

// churn creates topics, fills them, deletes some, and makes new ones under old names.
func (l *load) churn(worker string) {
	const names = 6
	dice := l.dice(worker)
	admin := kadm.NewClient(l.client())
	defer admin.Close()
	ids := map[string]kadm.TopicID{} // of the latest topic of each name
	there := map[string]bool{}
	number := 0
	for !l.stopped() {
		name := fmt.Sprintf("churn-%d", dice.Intn(names))
		if there[name] {
			if l.deleteTopic(admin, name) {
				there[name] = false
			}
		} else if l.createTopic(admin, name, ids) {
			there[name] = true
			number = l.fill(worker, name, number, dice.Intn(30))
		}
		l.pause(time.Duration(dice.Intn(60)) * time.Millisecond)
	}
}

// createTopic makes the topic; what a crash leaves open is asked again.
func (l *load) createTopic(admin *kadm.Client, name string, ids map[string]kadm.TopicID) bool {
	for !l.stopped() {
		l.history.line("create", name)
		l.moments.come("create")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		made, err := admin.CreateTopic(ctx, 2, 1, l.config("dense"), name)
		cancel()
		if err == nil {
			ids[name] = made.ID
			l.history.line("created", name)
			return true
		}
		if errors.Is(err, kerr.TopicAlreadyExists) {
			id, there := l.identify(admin, name)
			if there && id != ids[name] { // an attempt that got no answer
				ids[name] = id
				l.history.line("created", name)
				return true
			}
		}
		l.pause(retryPause)
	}
	return false
}

func (l *load) deleteTopic(admin *kadm.Client, name string) bool {
	for !l.stopped() {
		l.history.line("delete", name)
		l.moments.come("delete")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, err := admin.DeleteTopic(ctx, name)
		cancel()
		if err == nil || errors.Is(err, kerr.UnknownTopicOrPartition) {
			l.history.line("deleted", name)
			return true
		}
		l.pause(retryPause)
	}
	return false
}

func (l *load) identify(admin *kadm.Client, name string) (kadm.TopicID, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := admin.ListTopics(ctx, name)
	if err != nil || found[name].Err != nil {
		return kadm.TopicID{}, false
	}
	return found[name].ID, found[name].ID != kadm.TopicID{}
}

// fill appends some records to a new topic, and returns the next number of the worker.
func (l *load) fill(worker, name string, number, count int) int {
	producer := l.producer(worker)
	for range count {
		producer.send(name, int32(number%2), number, recordParts{})
		number++
	}
	producer.finish()
	return number
}

// trim appends, and deletes the oldest records.
func (l *load) trim(worker string) {
	dice := l.dice(worker)
	admin := kadm.NewClient(l.client())
	defer admin.Close()
	producer := l.producer(worker)
	defer producer.finish()
	for number := 0; !l.stopped(); {
		for range 1 + dice.Intn(10) {
			producer.send(trimTopic, int32(dice.Intn(int(partitionsOf(trimTopic)))), number,
				recordParts{})
			number++
		}
		producer.wait(0)
		if dice.Intn(4) == 0 {
			l.deleteRecords(admin, dice.Int31n(partitionsOf(trimTopic)), func(low, end int64) int64 {
				return low + dice.Int63n(end-low+1)
			})
		}
		l.pause(20 * time.Millisecond)
	}
}

func (l *load) deleteRecords(admin *kadm.Client, partition int32, choose func(low, end int64) int64) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	starts, err := admin.ListStartOffsets(ctx, trimTopic)
	if err != nil || starts.Error() != nil {
		return
	}
	ends, err := admin.ListEndOffsets(ctx, trimTopic)
	if err != nil || ends.Error() != nil {
		return
	}
	start, _ := starts.Lookup(trimTopic, partition)
	end, _ := ends.Lookup(trimTopic, partition)
	l.history.line("start", trimTopic, partition, start.Offset)
	before := choose(start.Offset, end.Offset)
	l.history.line("trim", trimTopic, partition, before)
	l.moments.come("trim")
	var offsets kadm.Offsets
	offsets.AddOffset(trimTopic, partition, before, -1)
	answer, err := admin.DeleteRecords(ctx, offsets)
	if err != nil {
		return
	}
	if answered, there := answer.Lookup(trimTopic, partition); there && answered.Err == nil {
		l.history.line("trimmed", trimTopic, partition, answered.LowWatermark)
	}
}
