package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const copyGroup = "copy"

func transactional(worker string) []kgo.Opt {
	return []kgo.Opt{kgo.TransactionalID(worker), kgo.TransactionTimeout(time.Minute)}
}

// takeOver ends what the last client of the transactional id left open. As long as that has offsets
// which may yet be committed, nobody is told where the group is.
func takeOver(client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _, err := client.ProducerID(ctx)
	return err
}

// transact writes transactions over many partitions, commits most and aborts some.
func (l *load) transact(worker string) {
	dice := l.dice(worker)
	number := 0
	p := l.producer(worker, transactional(worker)...)
	defer func() { p.finish() }()
	for transaction := 1; !l.stopped(); transaction++ {
		if err := p.client.BeginTransaction(); err != nil {
			p = l.renewed(p)
			continue
		}
		for range 1 + dice.Intn(12) {
			topic := []string{mixedTopic, inTopic, onceTopic, compactTopic}[dice.Intn(4)]
			parts := recordParts{transaction: transaction}
			if topic == compactTopic {
				parts.key = fmt.Sprintf("%s.%d", worker, dice.Intn(6))
				parts.tombstone = dice.Intn(5) == 0
			}
			p.send(topic, dice.Int31n(partitionsOf(topic)), number, parts)
			number++
		}
		if dice.Intn(3) > 0 {
			p.wait(0) // otherwise it ends while records are under way
		}
		if !l.endTransaction(p, transaction, dice.Intn(100) < 70) {
			p = l.renewed(p)
		}
		l.pause(time.Duration(dice.Intn(40)) * time.Millisecond)
	}
}

func (l *load) renewed(p *producer) *producer {
	p.finish()
	return l.producer(p.worker, transactional(p.worker)...)
}

// endTransaction is false if the client cannot go on.
func (l *load) endTransaction(p *producer, transaction int, commit bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if commit {
		if err := p.client.Flush(ctx); err != nil {
			l.history.fault("%s could not flush: %v", p.worker, err)
		}
		commit = p.takeFailures() == 0
	}
	if commit {
		l.history.line("end", p.worker, transaction, "commit")
		l.moments.come("end")
		err := p.client.EndTransaction(ctx, kgo.TryCommit)
		l.moments.come("ended")
		if err == nil {
			l.history.line("ended", p.worker, transaction, "committed")
			return true
		}
		if !errors.Is(err, kerr.OperationNotAttempted) && !errors.Is(err, kerr.TransactionAbortable) {
			l.history.line("ended", p.worker, transaction, "unknown", err)
			return false
		}
	}
	if err := p.client.AbortBufferedRecords(ctx); err != nil {
		l.history.fault("%s could not abort what it had buffered: %v", p.worker, err)
	}
	p.takeFailures()
	l.history.line("end", p.worker, transaction, "abort")
	l.moments.come("end")
	err := p.client.EndTransaction(ctx, kgo.TryAbort)
	l.moments.come("ended")
	l.history.line("ended", p.worker, transaction, "aborted") // nobody asked for anything else
	return err == nil
}

// copy carries each record of one topic over to another exactly once: what it wrote and how far it
// read are one transaction.
func (l *load) copy(worker string) {
	dice := l.dice(worker)
	number, transaction := 0, 0
	for !l.stopped() {
		l.copySession(worker, func(session *kgo.GroupTransactSession) bool {
			ctx, cancel := context.WithTimeout(l.stopping, time.Second)
			fetches := session.PollRecords(ctx, 1+dice.Intn(60))
			cancel()
			records := fetches.Records()
			if len(records) == 0 {
				return true
			}
			transaction++
			if err := session.Begin(); err != nil {
				return false
			}
			for _, record := range records {
				l.sendCopy(session, worker, number, transaction, record)
				number++
			}
			return l.endCopy(session, worker, transaction, dice.Intn(100) < 85)
		})
	}
}

// copySession calls `step` until that is false or everything stops.
func (l *load) copySession(worker string, step func(*kgo.GroupTransactSession) bool) {
	options := append([]kgo.Opt{
		kgo.ConsumerGroup(copyGroup), kgo.ConsumeTopics(inTopic), kgo.RequireStableFetchOffsets(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(200 * time.Millisecond),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.DisableAutoCommit(),
		kgo.SessionTimeout(sessionTimeout), kgo.HeartbeatInterval(heartbeatInterval),
		// It gives everything up in a rebalance: a cooperative member which the server forgot in the
		// middle of one comes back as another, and would commit what it has read before.
		kgo.Balancers(kgo.RangeBalancer()),
	}, transactional(worker)...)
	session, err := kgo.NewGroupTransactSession(l.patient(options...)...)
	if err != nil {
		panic(err)
	}
	defer session.CloseAllowingRebalance()
	if err := takeOver(session.Client()); err != nil {
		return
	}
	for !l.stopped() && step(session) {
	}
}

func (l *load) sendCopy(session *kgo.GroupTransactSession, worker string, number, transaction int,
	original *kgo.Record) {
	from := fmt.Sprintf("%d:%d", original.Partition, original.Offset)
	record := &kgo.Record{Topic: outTopic, Partition: original.Partition, Value: original.Value,
		Headers: []kgo.RecordHeader{
			{Key: idHeader, Value: fmt.Appendf(nil, "%s:%d", worker, number)},
			{Key: fromHeader, Value: []byte(from)}}}
	l.history.line("send", worker, number, outTopic, record.Partition, transaction, "-", "value", from)
	session.Produce(context.Background(), record, func(sent *kgo.Record, err error) {
		if err == nil {
			l.history.line("ack", worker, number, sent.Offset)
		} else {
			l.history.line("unknown", worker, number, err)
		}
	})
}

func (l *load) endCopy(session *kgo.GroupTransactSession, worker string, transaction int,
	commit bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	word := map[bool]string{true: "commit", false: "abort"}[commit]
	l.history.line("end", worker, transaction, word)
	l.moments.come("copy")
	committed, err := session.End(ctx, kgo.TransactionEndTry(commit))
	switch {
	case committed && err == nil:
		l.history.line("ended", worker, transaction, "committed")
	case err == nil || !commit:
		l.history.line("ended", worker, transaction, "aborted")
	default:
		l.history.line("ended", worker, transaction, "unknown", err)
	}
	return err == nil
}
