package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	memberGroup       = "members" // of readers that share a topic
	aloneGroup        = "alone"   // of one client that only commits
	sessionTimeout    = 6 * time.Second
	heartbeatInterval = 500 * time.Millisecond
)

// readAsMember reads its share of a topic, commits how far it came, and leaves now and then.
func (l *load) readAsMember(worker string) {
	dice := l.dice(worker)
	for !l.stopped() {
		client := l.client(kgo.ConsumerGroup(memberGroup), kgo.ConsumeTopics(onceTopic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(),
			kgo.BlockRebalanceOnPoll(), kgo.FetchMaxWait(200*time.Millisecond),
			kgo.SessionTimeout(sessionTimeout), kgo.HeartbeatInterval(heartbeatInterval),
			kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
				for _, partition := range got[onceTopic] {
					l.history.line("ask", worker, memberGroup, onceTopic, partition)
				}
			}),
			kgo.OnOffsetsFetched(func(_ context.Context, _ *kgo.Client,
				answer *kmsg.OffsetFetchResponse) error {
				l.takeOffsets(worker, answer)
				return nil
			}))
		for steps := 20 + dice.Intn(200); steps > 0 && !l.stopped(); steps-- {
			ctx, cancel := context.WithTimeout(l.stopping, time.Second)
			fetches := client.PollRecords(ctx, 1+dice.Intn(100))
			cancel()
			l.noteFetches(worker, "uncommitted", fetches)
			if fetches.NumRecords() > 0 {
				l.commitAsMember(worker, client)
			}
			client.AllowRebalance()
		}
		client.CloseAllowingRebalance()
	}
}

// takeOffsets writes down the answer to where the group goes on reading.
func (l *load) takeOffsets(worker string, answer *kmsg.OffsetFetchResponse) {
	note := func(topic string, partition int32, offset int64, code int16) {
		if code == 0 {
			l.history.line("answer", worker, memberGroup, topic, partition, offset)
			l.history.line("seek", worker, "uncommitted", topic, partition, max(offset, 0))
		}
	}
	for _, topic := range answer.Topics {
		for _, p := range topic.Partitions {
			note(topic.Topic, p.Partition, p.Offset, p.ErrorCode)
		}
	}
	for _, group := range answer.Groups {
		for _, topic := range group.Topics {
			name := topic.Topic
			if name == "" {
				name = onceTopic // named by its id alone; it is the only one of the group
			}
			for _, p := range topic.Partitions {
				note(name, p.Partition, p.Offset, p.ErrorCode)
			}
		}
	}
}

func (l *load) commitAsMember(worker string, client *kgo.Client) {
	offsets := client.UncommittedOffsets()
	if len(offsets) == 0 {
		return
	}
	for topic, partitions := range offsets {
		for partition, offset := range partitions {
			l.history.line("commit", worker, memberGroup, topic, partition, offset.Offset)
		}
	}
	l.moments.come("commit")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, request *kmsg.OffsetCommitRequest,
		answer *kmsg.OffsetCommitResponse, err error) {
		if err != nil {
			return
		}
		for _, topic := range answer.Topics {
			for _, p := range topic.Partitions {
				name := topic.Topic
				if name == "" {
					name = onceTopic
				}
				if p.ErrorCode == 0 {
					l.history.line("committed", worker, memberGroup, name, p.Partition,
						offsets[name][p.Partition].Offset)
				}
			}
		}
	})
}

// commitAlone commits rising offsets for a group without members, and asks for them.
func (l *load) commitAlone(worker string) {
	dice := l.dice(worker)
	admin := kadm.NewClient(l.client())
	defer admin.Close()
	next := make([]int64, partitionsOf(onceTopic))
	for !l.stopped() {
		partition := dice.Int31n(partitionsOf(onceTopic))
		next[partition] += 1 + dice.Int63n(5)
		l.history.line("commit", worker, aloneGroup, onceTopic, partition, next[partition])
		l.moments.come("commit")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		var offsets kadm.Offsets
		offsets.AddOffset(onceTopic, partition, next[partition], -1)
		answers, err := admin.CommitOffsets(ctx, aloneGroup, offsets)
		if answer, there := answers.Lookup(onceTopic, partition); err == nil && there &&
			answer.Err == nil {
			l.history.line("committed", worker, aloneGroup, onceTopic, partition, next[partition])
		}
		cancel()
		if dice.Intn(4) == 0 {
			l.askAlone(worker, admin)
		}
		l.pause(time.Duration(dice.Intn(20)) * time.Millisecond)
	}
}

func (l *load) askAlone(worker string, admin *kadm.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for partition := range partitionsOf(onceTopic) {
		l.history.line("ask", worker, aloneGroup, onceTopic, partition)
	}
	found, err := admin.FetchOffsets(ctx, aloneGroup)
	if err != nil {
		return
	}
	for partition := range partitionsOf(onceTopic) {
		offset := int64(-1)
		if answer, there := found.Lookup(onceTopic, partition); there {
			if answer.Err != nil {
				continue
			}
			offset = answer.At
		}
		l.history.line("answer", worker, aloneGroup, onceTopic, partition, offset)
	}
}
