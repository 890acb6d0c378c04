#include "log/segment/segment_judge.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "log/test_batches.h"

namespace daybook::log {
namespace {

// A segment of `count` batches of two records, from offset 0.
struct Sample {
  explicit Sample(int count) {
    for (int i = 0; i < count; ++i) {
      Bytes batch = make_batch({"value " + std::to_string(i), std::string(30, 'x')});
      wire::set_base_offset(batch, Offset{2 * i});
      starts.push_back(bytes.size());
      bytes.insert(bytes.end(), batch.begin(), batch.end());
    }
  }
  Bytes bytes;
  std::vector<std::size_t> starts;
};

Judgement judge(BytesView bytes, std::uint64_t durable_end, std::size_t piece = SIZE_MAX,
                std::vector<std::uint64_t>* positions = nullptr) {
  SegmentJudge segment_judge({0, bytes.size(), durable_end, Offset{0}},
                             [&](std::uint64_t position, const wire::BatchView&, std::uint32_t) {
                               if (positions) positions->push_back(position);
                             });
  while (!bytes.empty()) {
    const std::size_t n = std::min(piece, bytes.size());
    if (!segment_judge.feed(bytes.first(n))) break;
    bytes = bytes.subspan(n);
  }
  return segment_judge.finish();
}

TEST(SegmentJudge, WholeBatchesAreClean) {
  const Sample sample(10);
  std::vector<std::uint64_t> positions;
  const Judgement judgement = judge(sample.bytes, sample.bytes.size(), SIZE_MAX, &positions);
  EXPECT_EQ(judgement.verdict, Verdict::kClean);
  EXPECT_EQ(judgement.valid_end, sample.bytes.size());
  EXPECT_EQ(judgement.next_offset, Offset{20});
  EXPECT_EQ(positions, std::vector<std::uint64_t>(sample.starts.begin(), sample.starts.end()));
}

TEST(SegmentJudge, NothingIsClean) {
  EXPECT_EQ(judge({}, 0).verdict, Verdict::kClean);
  EXPECT_EQ(judge({}, 1).verdict, Verdict::kCorrupt) << "there was something";
}

TEST(SegmentJudge, EveryCutIsATornTailAtTheLastWholeBatch) {
  const Sample sample(3);
  for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
    std::size_t whole = 0;
    for (const std::size_t start : sample.starts) whole = start <= size ? start : whole;
    const Judgement judgement = judge(BytesView(sample.bytes).first(size), 0);
    EXPECT_EQ(judgement.verdict, size == whole ? Verdict::kClean : Verdict::kTornTail) << size;
    EXPECT_EQ(judgement.valid_end, whole) << size;
  }
}

TEST(SegmentJudge, EveryChangedByteIsNoticed) {
  const Sample sample(3);
  // Base offsets can rise and leader epochs change without harm; nothing else may.
  const auto may_change = [](std::size_t in_batch) {
    return in_batch < wire::batch_layout::kLengthAt ||
           (in_batch >= wire::batch_layout::kLeaderEpochAt &&
            in_batch < wire::batch_layout::kMagicAt);
  };
  for (std::size_t at = 0; at < sample.bytes.size(); ++at) {
    std::size_t batch = 0;
    while (batch + 1 < sample.starts.size() && sample.starts[batch + 1] <= at) ++batch;
    if (may_change(at - sample.starts[batch])) continue;
    Bytes changed = sample.bytes;
    changed[at] ^= std::byte{0x10};
    EXPECT_EQ(judge(changed, 0).verdict, Verdict::kTornTail) << at;
    EXPECT_EQ(judge(changed, 0).valid_end, sample.starts[batch]) << at;
    EXPECT_EQ(judge(changed, sample.bytes.size()).verdict, Verdict::kCorrupt) << at;
  }
}

TEST(SegmentJudge, DamageIsCorruptionOnlyBelowTheDurableEnd) {
  const Sample sample(3);
  Bytes changed = sample.bytes;
  changed[sample.starts[1] + 70] ^= std::byte{1};
  EXPECT_EQ(judge(changed, sample.starts[1]).verdict, Verdict::kTornTail);
  EXPECT_EQ(judge(changed, sample.starts[1] + 1).verdict, Verdict::kCorrupt);
  EXPECT_EQ(judge(changed, sample.starts[1] + 1).valid_end, sample.starts[1]);
}

TEST(SegmentJudge, OffsetsThatGoBackAreDamage) {
  Sample sample(3);
  wire::set_base_offset(MutableBytes(sample.bytes).subspan(sample.starts[2]), Offset{3});
  EXPECT_EQ(judge(sample.bytes, 0).valid_end, sample.starts[2]);
  wire::set_base_offset(MutableBytes(sample.bytes).subspan(sample.starts[2]), Offset{100});
  EXPECT_EQ(judge(sample.bytes, 0).verdict, Verdict::kClean) << "compaction leaves gaps";
}

TEST(SegmentJudge, TheReasonSaysWhatWasFound) {
  Sample sample(1);
  sample.bytes[70] ^= std::byte{1};
  EXPECT_NE(judge(sample.bytes, 0).reason.find("CRC"), std::string::npos);
  EXPECT_NE(judge(Bytes(100), 0).reason.find("format 0"), std::string::npos);
  EXPECT_NE(judge(Bytes(5), 0).reason.find("5 bytes"), std::string::npos);
}

TEST(SegmentJudge, TheVerdictDoesNotDependOnWhereTheBytesAreCut) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    Sample sample(4);
    Bytes bytes = sample.bytes;
    if (random.one_in(2)) bytes[random.below(bytes.size())] ^= std::byte{0x40};
    if (random.one_in(2)) bytes.resize(random.below(bytes.size()) + 1);
    const Judgement whole = judge(bytes, 0);
    for (const std::size_t piece : {1u, 7u, 61u, 100u}) {
      const Judgement in_pieces = judge(bytes, 0, piece);
      ASSERT_EQ(in_pieces.verdict, whole.verdict) << round;
      ASSERT_EQ(in_pieces.valid_end, whole.valid_end) << round;
      ASSERT_EQ(in_pieces.reason, whole.reason) << round;
    }
  }
}

}  // namespace
}  // namespace daybook::log
