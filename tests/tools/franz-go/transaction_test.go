package franzgo

import (
	"context"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	inputs     = 3000
	perPoll    = 200
	takeOverAt = 1200
)

func session(t *testing.T, group, in string) *kgo.GroupTransactSession {
	t.Helper()
	s, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(bootstrap(t)),
		kgo.TransactionalID("doubler"),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(in),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// double reads numbers and writes their doubles, a transaction for each poll, and aborts every
// third, until `enough` were committed.
func double(t *testing.T, s *kgo.GroupTransactSession, out string, enough int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	defer cancel()
	committed := 0
	for round := 0; committed < enough; round++ {
		fetches := s.PollRecords(ctx, perPoll)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d records: %v", committed, err)
		}
		if err := s.Begin(); err != nil {
			t.Fatalf("begin: %v", err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			n, err := strconv.Atoi(string(record.Value))
			if err != nil {
				t.Errorf("not a number: %q", record.Value)
			}
			s.Produce(ctx, &kgo.Record{
				Topic: out, Value: strconv.AppendInt(nil, int64(2*n), 10)}, nil)
		})
		// Written before the end is decided: an abort would drop what is buffered.
		if err := s.Client().Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		end := kgo.TryCommit
		if round%3 == 2 {
			end = kgo.TryAbort
		}
		done, err := s.End(ctx, end)
		if err != nil {
			t.Fatalf("end: %v", err)
		}
		if done {
			committed += fetches.NumRecords()
		}
	}
	return committed
}

func sortedNumbers(t *testing.T, records []*kgo.Record) []int {
	t.Helper()
	var numbers []int
	for _, record := range records {
		n, err := strconv.Atoi(string(record.Value))
		if err != nil {
			t.Fatalf("not a number: %q", record.Value)
		}
		numbers = append(numbers, n)
	}
	sort.Ints(numbers)
	return numbers
}

func TestConsumeTransformProduceIsExactlyOnce(t *testing.T) {
	createTopic(t, "numbers", 3)
	createTopic(t, "doubles", 3)
	feed := client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for p := range 3 {
		produce(t, feed, numbered("numbers", int32(p), p*inputs/3, (p+1)*inputs/3)...)
	}

	first := session(t, "doublers", "numbers")
	done := double(t, first, "doubles", takeOverAt)
	// It leaves a transaction open, and the next instance takes over.
	if err := first.Begin(); err != nil {
		t.Fatal(err)
	}
	lost := &kgo.Record{Topic: "doubles", Value: []byte("-1")}
	if err := first.ProduceSync(within(t), lost).FirstErr(); err != nil {
		t.Fatal(err)
	}
	second := session(t, "doublers", "numbers")
	defer second.Close()
	first.Client().LeaveGroup()
	double(t, second, "doubles", inputs-done)
	if _, err := first.End(within(t), kgo.TryCommit); err == nil {
		t.Error("the first instance commits, though it was fenced")
	}
	first.Close()

	committed := sortedNumbers(t, consume(t, reader(t, "doubles",
		kgo.FetchIsolationLevel(kgo.ReadCommitted())), inputs))
	for n := range inputs {
		if committed[n] != 2*n {
			t.Fatalf("the double of %d is %d: lost, or written twice", n, committed[n])
		}
	}
	// Those of the aborted transactions are there as well.
	consume(t, reader(t, "doubles"), inputs+perPoll)
}

func TestCommittedRecordsComeWhenTheTransactionEnds(t *testing.T) {
	createTopic(t, "ledger", 1)
	producer := client(t, kgo.TransactionalID("ledger"), kgo.DefaultProduceTopic("ledger"))
	read := reader(t, "ledger", kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	for n := range 20 {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		produce(t, producer, &kgo.Record{Value: strconv.AppendInt(nil, int64(n), 10)})
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if early := read.PollFetches(ctx).Records(); len(early) > 0 {
			t.Fatalf("%q is read before its transaction ended", early[0].Value)
		}
		cancel()
		commits := n%2 == 0
		if err := producer.EndTransaction(within(t), kgo.TransactionEndTry(commits)); err != nil {
			t.Fatalf("end: %v", err)
		}
		if !commits {
			continue
		}
		if got := consume(t, read, 1); string(got[0].Value) != strconv.Itoa(n) {
			t.Fatalf("read %q after transaction %d was committed", got[0].Value, n)
		}
	}
}
