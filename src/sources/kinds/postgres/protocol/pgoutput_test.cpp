#include "sources/kinds/postgres/protocol/pgoutput.h"

#include <gmock/gmock.h>

namespace daybook::sources::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The messages below were sent by PostgreSQL 15.

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

constexpr const char* kBegin = "420000000001549160000303f27b28de11000002e0";
constexpr const char* kCommit = "430000000000015491600000000001549190000303f27b28de11";
constexpr const char* kRelation =
    "52000040077075626c6963006b006400020169640000000017ffffffff007600000006a4000a0006";
constexpr const char* kInsert = "49000040074e0002740000000131740000000531322e3334";
constexpr const char* kUpdateWithoutOld = "55000040074e00027400000001317400000004352e3030";
constexpr const char* kUpdateOfTheKey =
    "55000040074b00027400000001316e4e00027400000001327400000004352e3030";
constexpr const char* kUpdateWithOld =
    "55000040004f0003740000000131740000000161740000000178"
    "4e00037400000001317400000002c3a975";
constexpr const char* kDeleteByKey = "44000040074b00027400000001326e";
constexpr const char* kDeleteWithOld = "44000040004f00037400000001326e7400000000";
constexpr const char* kType = "590000400d7075626c6963006d6f6f6400";
constexpr const char* kLogicalMessage = "4d0100000000015493c8707265000000000568656c6c6f";
constexpr const char* kTruncate = "5400000002030000400000004007";

const auto kAll = {kBegin,          kCommit,        kRelation,    kInsert,        kUpdateWithoutOld,
                   kUpdateOfTheKey, kUpdateWithOld, kDeleteByKey, kDeleteWithOld, kTruncate};

class Pgoutput : public ::testing::Test {
 protected:
  const Message& parse(const char* hex) {
    bytes_ = from_hex(hex);
    const auto status = parse_message(bytes_, message_);
    EXPECT_TRUE(status) << status.error().message;
    return message_;
  }

  static std::string text(const Tuple& tuple) {
    std::string result;
    for (const auto& field : tuple) {
      result += field.kind == FieldKind::kNull        ? "<null>"
                : field.kind == FieldKind::kUnchanged ? "<unchanged>"
                                                      : std::string(field.text);
      result += '|';
    }
    return result;
  }

  Bytes bytes_;
  Message message_;
};

TEST_F(Pgoutput, BeginAndCommitFrameATransaction) {
  const auto& begin = parse(kBegin);
  EXPECT_EQ(begin.kind, MessageKind::kBegin);
  EXPECT_EQ(to_string(begin.commit_lsn), "0/1549160");
  EXPECT_EQ(begin.transaction, 736U);
  const auto begun_us = unix_micros(begin.commit_time);
  EXPECT_EQ(begun_us / 1'000'000, 1'795'449'713);  // 2026-11-23T16:01:51Z
  const auto& commit = parse(kCommit);
  EXPECT_EQ(commit.kind, MessageKind::kCommit);
  EXPECT_EQ(to_string(commit.commit_lsn), "0/1549160");
  EXPECT_EQ(to_string(commit.end_lsn), "0/1549190");
  EXPECT_EQ(unix_micros(commit.commit_time), begun_us);
}

TEST_F(Pgoutput, RelationDescribesColumns) {
  const auto& relation = parse(kRelation);
  EXPECT_EQ(relation.kind, MessageKind::kRelation);
  EXPECT_EQ(relation.relation, 0x4007U);
  EXPECT_EQ(relation.schema, "public");
  EXPECT_EQ(relation.table, "k");
  EXPECT_EQ(relation.replica_identity, 'd');
  ASSERT_EQ(relation.columns.size(), 2U);
  EXPECT_EQ(relation.columns[0].name, "id");
  EXPECT_EQ(relation.columns[0].type, 23U);
  EXPECT_EQ(relation.columns[0].modifier, -1);
  EXPECT_EQ(relation.columns[1].name, "v");
  EXPECT_EQ(relation.columns[1].type, 1700U);
  EXPECT_EQ(relation.columns[1].modifier, 0xa0006);  // numeric(10,2)
}

TEST_F(Pgoutput, ChangesCarryTheirTuples) {
  EXPECT_EQ(parse(kInsert).kind, MessageKind::kInsert);
  EXPECT_EQ(message_.relation, 0x4007U);
  EXPECT_EQ(text(message_.after), "1|12.34|");

  EXPECT_EQ(parse(kUpdateWithoutOld).kind, MessageKind::kUpdate);
  EXPECT_EQ(message_.old, OldTuple::kNone);
  EXPECT_EQ(text(message_.after), "1|5.00|");

  parse(kUpdateOfTheKey);
  EXPECT_EQ(message_.old, OldTuple::kKey);
  EXPECT_EQ(text(message_.before), "1|<null>|");
  EXPECT_EQ(text(message_.after), "2|5.00|");

  parse(kUpdateWithOld);
  EXPECT_EQ(message_.old, OldTuple::kFull);
  EXPECT_EQ(text(message_.before), "1|a|x|");
  EXPECT_EQ(text(message_.after), "1|\xc3\xa9|<unchanged>|");

  EXPECT_EQ(parse(kDeleteByKey).kind, MessageKind::kDelete);
  EXPECT_EQ(message_.old, OldTuple::kKey);
  EXPECT_EQ(text(message_.before), "2|<null>|");

  parse(kDeleteWithOld);
  EXPECT_EQ(message_.old, OldTuple::kFull);
  EXPECT_EQ(text(message_.before), "2|<null>||");

  EXPECT_EQ(parse(kTruncate).kind, MessageKind::kTruncate);
  EXPECT_THAT(message_.relations, ElementsAre(0x4000U, 0x4007U));
}

TEST_F(Pgoutput, WhatACaptureDoesNotNeedIsIgnored) {
  EXPECT_EQ(parse(kType).kind, MessageKind::kIgnored);
  EXPECT_EQ(parse(kLogicalMessage).kind, MessageKind::kIgnored);
}

TEST_F(Pgoutput, EveryCutMessageIsCorrupt) {
  for (const char* hex : kAll) {
    const auto whole = from_hex(hex);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto status = parse_message(BytesView(whole).first(size), message_);
      ASSERT_FALSE(status) << hex << " cut to " << size;
      EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST_F(Pgoutput, BytesAfterAMessageAreCorrupt) {
  for (const char* hex : kAll) {
    auto longer = from_hex(hex);
    longer.push_back(std::byte{0});
    EXPECT_FALSE(parse_message(longer, message_)) << hex;
  }
}

TEST_F(Pgoutput, CountsAndLengthsThatLieAreCorruptAndTakeNoMemory) {
  // A relation of 65,535 columns, a tuple of as many, a text of 4 GiB, 2^32 - 1 truncated tables.
  for (const char* hex : {"5200004007"
                          "00"
                          "6b00"
                          "64"
                          "ffff",
                          "49000040074effff", "49000040074e000174ffffffff31", "54ffffffff03"}) {
    const auto bytes = from_hex(hex);
    const auto status = parse_message(bytes, message_);
    ASSERT_FALSE(status) << hex;
    EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(Pgoutput, AnUnknownMessageIsNamed) {
  const auto bytes = from_hex("5300");  // a streamed transaction, which was not asked for
  const auto status = parse_message(bytes, message_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("byte 83"));
}

}  // namespace
}  // namespace daybook::sources::postgres
