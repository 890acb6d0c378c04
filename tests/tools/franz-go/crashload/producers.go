package main

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	retryPause     = 20 * time.Millisecond
	failurePause   = 200 * time.Millisecond
	mostUnanswered = 200
	idHeader       = "id"   // WORKER:NUMBER, what a record is known by
	fromHeader     = "from" // PARTITION:OFFSET of what it was copied from
)

// patient are the options of a client that tries again soon and, within reason, for ever.
func (l *load) patient(options ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{
		kgo.SeedBrokers(l.bootstrap),
		kgo.RetryBackoffFn(func(int) time.Duration { return retryPause }),
		kgo.RequestRetries(10_000), kgo.RetryTimeout(patience),
		kgo.MetadataMinAge(retryPause), kgo.MetadataMaxAge(5 * time.Second),
		kgo.RequestTimeoutOverhead(5 * time.Second),
		kgo.ConcurrentTransactionsBackoff(retryPause),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0),
		kgo.UnknownTopicRetries(-1),
	}, options...)
}

func (l *load) client(options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(l.patient(options...)...)
	if err != nil {
		panic(err)
	}
	return client
}

type recordParts struct {
	key         string
	transaction int // 0: none
	from        string
	tombstone   bool
	time        time.Time // zero: when it is sent
	ballast     int       // bytes more than usual, which no codec makes smaller
}

// producer sends records, and writes down what becomes of each.
type producer struct {
	load       *load
	worker     string
	client     *kgo.Client
	size       *rand.Rand
	mutex      sync.Mutex
	answered   *sync.Cond
	unanswered int
	failed     int
}

func (l *load) producer(worker string, options ...kgo.Opt) *producer {
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.Lz4Compression(), kgo.SnappyCompression()}
	dice := l.dice(worker)
	codec := codecs[dice.Intn(len(codecs))]
	p := &producer{load: l, worker: worker, size: dice,
		client: l.client(append(options, kgo.ProducerBatchCompression(codec))...)}
	p.answered = sync.NewCond(&p.mutex)
	return p
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (p *producer) send(topic string, partition int32, number int, parts recordParts) {
	p.wait(mostUnanswered - 1)
	id := fmt.Sprintf("%s:%d", p.worker, number)
	record := &kgo.Record{Topic: topic, Partition: partition, Timestamp: parts.time,
		Headers: []kgo.RecordHeader{{Key: idHeader, Value: []byte(id)}}}
	if parts.key != "" {
		record.Key = []byte(parts.key)
	}
	if parts.from != "" {
		record.Headers = append(record.Headers,
			kgo.RecordHeader{Key: fromHeader, Value: []byte(parts.from)})
	}
	if !parts.tombstone {
		record.Value = []byte(strings.Repeat("x", 1+p.size.Intn(200)))
		ballast := make([]byte, parts.ballast)
		p.size.Read(ballast)
		record.Value = append(record.Value, ballast...)
	}
	kind := "value"
	if parts.tombstone {
		kind = "tombstone"
	}
	p.mutex.Lock()
	p.unanswered++
	p.mutex.Unlock()
	p.load.history.line("send", p.worker, number, topic, partition, parts.transaction,
		dash(parts.key), kind, dash(parts.from))
	p.load.moments.come("append")
	p.client.Produce(context.Background(), record, func(sent *kgo.Record, err error) {
		if err == nil {
			p.load.history.line("ack", p.worker, number, sent.Offset)
			p.load.moments.come("ack")
		} else {
			p.load.history.line("unknown", p.worker, number, err)
		}
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.unanswered--
		if err != nil {
			p.failed++
		}
		p.answered.Broadcast()
	})
}

// wait returns when no more than `most` records have no answer yet.
func (p *producer) wait(most int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for p.unanswered > most {
		p.answered.Wait()
	}
}

// takeFailures returns how many records failed since the last call.
func (p *producer) takeFailures() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	failed := p.failed
	p.failed = 0
	return failed
}

func (p *producer) finish() {
	p.wait(0)
	p.client.Close()
}

// produceInBursts sends until everything stops: to a partition that `choose` names, some at a time.
func (l *load) produceInBursts(worker string, topics []string, options ...kgo.Opt) {
	dice := l.dice(worker)
	p := l.producer(worker, options...)
	defer p.finish()
	for number := 0; !l.stopped(); {
		topic := topics[dice.Intn(len(topics))]
		for range 1 + dice.Intn(12) {
			p.send(topic, dice.Int31n(partitionsOf(topic)), number, recordParts{})
			number++
		}
		if p.takeFailures() > 0 {
			l.pause(failurePause)
		}
		l.pause(time.Duration(5+dice.Intn(30)) * time.Millisecond)
	}
}

// producePlain is not idempotent, and gives up on a record soon: it may be there, once or more.
func (l *load) producePlain(worker string) {
	l.produceInBursts(worker, []string{plainTopic}, kgo.DisableIdempotentWrite(),
		kgo.RecordDeliveryTimeout(time.Second))
}

func (l *load) produceOnce(worker string) {
	l.produceInBursts(worker, []string{onceTopic, mixedTopic, inTopic})
}

// produceKeyed writes over few keys again and again, and removes some.
func (l *load) produceKeyed(worker string) {
	const keys = 12
	dice := l.dice(worker)
	p := l.producer(worker)
	defer p.finish()
	for number := 0; !l.stopped(); number++ {
		p.send(compactTopic, 0, number, recordParts{key: fmt.Sprintf("%s.%d", worker, dice.Intn(keys)),
			tombstone: dice.Intn(5) == 0})
		l.pause(time.Duration(dice.Intn(20)) * time.Millisecond)
	}
}
