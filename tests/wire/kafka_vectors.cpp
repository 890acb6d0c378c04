// Our decoding and encoding held against Apache Kafka's, over the vectors that the Java programs
// beside this file wrote into the folder named by DAYBOOK_WIRE_VECTORS. Run by
// test_kafka_vectors.py; without the folder every test fails.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/batch_builder.h"
#include "wire/control_record.h"
#include "wire/error_code.h"
#include "wire/frame.h"
#include "wire/record_batch.h"
#include "wire/record_reader.h"

namespace daybook::wire {
namespace {

constexpr int kMinVectorsPerVersion = 10;

std::string vectors_folder() {
  const char* const folder = std::getenv("DAYBOOK_WIRE_VECTORS");
  return folder == nullptr ? "(DAYBOOK_WIRE_VECTORS is not set)" : folder;
}

using Words = std::vector<std::string>;

// The lines of a file, as words; fails the test if there are none.
std::vector<Words> read_lines(const std::string& name) {
  const std::string path = vectors_folder() + "/" + name;
  std::ifstream file(path);
  std::vector<Words> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    lines.emplace_back();
    for (std::string word; words >> word;) lines.back().push_back(word);
  }
  EXPECT_FALSE(lines.empty()) << "no vectors in " << path;
  return lines;
}

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t at = 2; at + 1 < hex.size(); at += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

std::string to_hex(BytesView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex = "0x";
  for (const std::byte byte : bytes) {
    hex += kDigits[std::to_integer<unsigned>(byte) >> 4];
    hex += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return hex;
}

std::string field_hex(const std::optional<BytesView>& bytes) {
  return bytes ? to_hex(*bytes) : "null";
}

const ApiInfo* api_of(const Words& words) {
  return find_api(ApiKey{static_cast<std::int16_t>(std::stoi(words.at(1)))});
}

// How many of the served versions' bodies and frames there were, by "kind api version".
using Coverage = std::map<std::string, int>;

void expect_every_version(Coverage& coverage, const std::string& kind) {
  for (const ApiInfo& api : all_apis()) {
    for (std::int16_t v = api.served.first; v <= api.served.last; ++v) {
      EXPECT_GE(coverage[fmt::format("{} {} {}", kind, api.name, v)], kMinVectorsPerVersion)
          << kind << " vectors of " << api.name << " version " << v;
    }
  }
}

TEST(KafkaVectors, EveryMessageOfEveryServedVersionIsDecodedAndEncodedToTheSameBytes) {
  Coverage coverage;
  for (const Words& words : read_lines("messages.txt")) {
    const bool is_request = words[0] == "request";
    if (!is_request && words[0] != "response") continue;
    const ApiInfo* const api = api_of(words);
    const auto version = static_cast<std::int16_t>(std::stoi(words.at(2)));
    if (api == nullptr || !api->served.contains(version)) continue;
    ++coverage[fmt::format("{} {} {}", words[0], api->name, version)];
    const auto recode = is_request ? api->recode_request : api->recode_response;
    const Result<Bytes> same = recode(from_hex(words.at(3)), version);
    ASSERT_TRUE(same) << same.error().message << "\n" << words[3];
    ASSERT_EQ(to_hex(*same), words[3]) << words[0] << " " << api->name << " version " << version;
    if (words.at(4) == "-") continue;
    const Result<Bytes> known = recode(from_hex(words[4]), version);
    ASSERT_TRUE(known) << "with unknown tags: " << known.error().message << "\n" << words[4];
    ASSERT_EQ(to_hex(*known), words[3])
        << "with unknown tags: " << words[0] << " " << api->name << " version " << version;
  }
  expect_every_version(coverage, "request");
  expect_every_version(coverage, "response");
}

TEST(KafkaVectors, EveryTruncatedMessageIsRefused) {
  for (const Words& words : read_lines("messages.txt")) {
    const bool is_request = words[0] == "request";
    const ApiInfo* const api = api_of(words);
    if (api == nullptr || (!is_request && words[0] != "response")) continue;
    const auto version = static_cast<std::int16_t>(std::stoi(words.at(2)));
    if (!api->served.contains(version)) continue;
    const Bytes body = from_hex(words.at(3));
    const auto recode = is_request ? api->recode_request : api->recode_response;
    const std::size_t step = 1 + body.size() / 40;
    for (std::size_t size = 0; size < body.size(); size += step) {
      ASSERT_FALSE(recode(BytesView(body).first(size), version))
          << words[0] << " " << api->name << " version " << version << " cut at " << size;
    }
  }
}

TEST(KafkaVectors, RequestHeadersOfEveryVersionAreDecodedAndEncodedToTheSameBytes) {
  Coverage coverage;
  for (const Words& words : read_lines("messages.txt")) {
    const ApiInfo* const api = api_of(words);
    const auto version = static_cast<std::int16_t>(std::stoi(words.at(2)));
    if (words[0] != "request-frame" || api == nullptr || !api->served.contains(version)) continue;
    ++coverage[fmt::format("request-frame {} {}", api->name, version)];
    const Bytes bytes = from_hex(words.at(5));
    const auto frame = decode_request_frame(BytesView(bytes).subspan(kFramePrefixSizeBytes));
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->api, api);
    EXPECT_EQ(frame->header.api_version, version);
    EXPECT_EQ(std::to_string(frame->header.correlation_id), words.at(3));
    const auto& client = frame->header.client_id;
    EXPECT_EQ(client ? to_hex(as_bytes(*client)) : "-", words.at(4));
    Encoded again;
    begin_request_frame(again, frame->header, api->request_header_version(version));
    again.append_foreign(RecordChunk{.bytes = frame->body});
    end_frame(again);
    ASSERT_EQ(to_hex(again.flatten()), words[5]);
  }
  expect_every_version(coverage, "request-frame");
}

TEST(KafkaVectors, ResponseHeadersOfEveryVersionAreDecodedAndEncodedToTheSameBytes) {
  Coverage coverage;
  for (const Words& words : read_lines("messages.txt")) {
    const ApiInfo* const api = api_of(words);
    const auto version = static_cast<std::int16_t>(std::stoi(words.at(2)));
    if (words[0] != "response-frame" || api == nullptr || !api->served.contains(version)) continue;
    ++coverage[fmt::format("response-frame {} {}", api->name, version)];
    const Bytes bytes = from_hex(words.at(5));
    const auto frame =
        decode_response_frame(BytesView(bytes).subspan(kFramePrefixSizeBytes), *api, version);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(std::to_string(frame->correlation_id), words.at(3));
    Encoded again;
    begin_response_frame(again, frame->correlation_id, api->response_header_version(version));
    again.append_foreign(RecordChunk{.bytes = frame->body});
    end_frame(again);
    ASSERT_EQ(to_hex(again.flatten()), words[5]);
  }
  expect_every_version(coverage, "response-frame");
}

TEST(KafkaVectors, EveryErrorCodeHasKafkasName) {
  for (const Words& words : read_lines("errors.txt")) {
    const auto code = static_cast<KafkaError>(std::stoi(words.at(0)));
    EXPECT_EQ(to_string(code), words.at(1));
  }
}

std::string batch_line(const BatchView& batch) {
  return fmt::format(
      "batch {} {} {} {} {} {} {} {} {:d} {:d} {} {} {}", batch.base_offset().value,
      batch.last_offset().value, batch.leader_epoch().value, static_cast<int>(batch.compression()),
      static_cast<int>(batch.timestamp_type()), batch.producer_id().value,
      batch.producer_epoch().value, batch.base_sequence(), batch.is_transactional(),
      batch.is_control(), batch.record_count(), batch.max_timestamp().value, to_hex(batch.bytes()));
}

std::string record_line(const Record& record) {
  std::string line = fmt::format("record {} {} {} {}", record.offset.value, record.timestamp.value,
                                 field_hex(record.key), field_hex(record.value));
  for (const RecordHeader& header : record.headers) {
    line += fmt::format(" {}={}", to_hex(header.name), field_hex(header.value));
  }
  return line;
}

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

Result<Words> lines_of(const BatchView& batch) {
  Words lines = {batch_line(batch)};
  DAYBOOK_TRY(RecordReader reader, RecordReader::open(batch));
  Record record;
  for (;;) {
    DAYBOOK_TRY(const bool more, reader.next(record));
    if (!more) return lines;
    lines.push_back(record_line(record));
  }
}

TEST(KafkaVectors, BatchesOfEveryCodecAreReadAsKafkaReadsThem) {
  const std::vector<Words> written = read_lines("kafka_batches.txt");
  std::map<Compression, int> batches;
  for (std::size_t at = 0; at < written.size();) {
    ASSERT_EQ(written[at][0], "batch");
    const Bytes bytes = from_hex(written[at].back());
    const auto batch = frame_batch(bytes);
    ASSERT_TRUE(batch) << batch.error().message;
    const auto checked = check_batch(*batch);
    ASSERT_TRUE(checked) << checked.error().message;
    const Result<Words> lines = lines_of(*batch);
    ASSERT_TRUE(lines) << lines.error().message;
    for (const std::string& line : *lines) ASSERT_EQ(line, joined(written.at(at++)));
    const bool is_from_a_producer =
        !batch->is_control() && batch->timestamp_type() == TimestampType::kCreateTime;
    EXPECT_EQ(check_produced_batch(*batch).has_value(), is_from_a_producer);
    EXPECT_TRUE(check_produced_records(*batch));
    ++batches[batch->compression()];
  }
  EXPECT_EQ(batches.size(), kCompressionCount);
}

// Each of Kafka's batches, made again by us from its records: RecordBatches.java reads the file.
TEST(KafkaVectors, OurBatchesAreWrittenForKafkaToRead) {
  const std::string path = vectors_folder() + "/our_batches.txt";
  std::ofstream file(path);
  ASSERT_TRUE(file) << "cannot write " << path;
  for (const Words& words : read_lines("kafka_batches.txt")) {
    if (words[0] != "batch") continue;
    const Bytes bytes = from_hex(words.back());
    const BatchView batch(bytes);
    BatchBuilder builder({.base_offset = batch.base_offset(),
                          .leader_epoch = batch.leader_epoch(),
                          .compression = batch.compression(),
                          .timestamp_type = batch.timestamp_type(),
                          .producer_id = batch.producer_id(),
                          .producer_epoch = batch.producer_epoch(),
                          .base_sequence = batch.base_sequence(),
                          .transactional = batch.is_transactional(),
                          .control = batch.is_control()});
    auto reader = RecordReader::open(batch);
    ASSERT_TRUE(reader);
    Record record;
    while (reader->next(record).value()) builder.add(record);
    const Result<Bytes> ours = std::move(builder).finish();
    ASSERT_TRUE(ours) << ours.error().message;
    const Result<Words> lines = lines_of(BatchView(*ours));
    ASSERT_TRUE(lines) << lines.error().message;
    for (const std::string& line : *lines) file << line << "\n";
  }
  file.close();
  EXPECT_TRUE(file) << "cannot write " << path;
}

TEST(KafkaVectors, EndTransactionMarkersAreReadAndWrittenAsKafkaDoes) {
  int markers = 0;
  for (const Words& words : read_lines("control_records.txt")) {
    if (words[0] != "marker") continue;
    const auto number = [&](std::size_t at) { return std::stoll(words.at(at)); };
    const Bytes bytes = from_hex(words.at(8));
    auto reader = RecordReader::open(BatchView(bytes));
    ASSERT_TRUE(reader);
    Record record;
    ASSERT_TRUE(reader->next(record).value());
    const auto marker = read_end_transaction_marker(record);
    ASSERT_TRUE(marker) << marker.error().message;
    EXPECT_EQ(static_cast<int>(marker->result), number(1));
    EXPECT_EQ(marker->coordinator_epoch, number(2));
    const MarkerPlace place{.producer_id = ProducerId{number(6)},
                            .producer_epoch = ProducerEpoch{static_cast<std::int16_t>(number(7))},
                            .timestamp = TimestampMs{number(4)},
                            .base_offset = Offset{number(3)},
                            .leader_epoch = LeaderEpoch{static_cast<std::int32_t>(number(5))}};
    ASSERT_EQ(to_hex(end_transaction_batch(*marker, place)), words[8]);
    ++markers;
  }
  EXPECT_GE(markers, 40);
}

TEST(KafkaVectors, ControlRecordsOfEveryTypeAreToldApart) {
  int types = 0;
  for (const Words& words : read_lines("control_records.txt")) {
    if (words[0] != "key") continue;
    const Bytes key = from_hex(words.at(2));
    const auto type = control_record_type(Record{.offset = Offset{0}, .key = key});
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_EQ(std::to_string(static_cast<int>(*type)), words[1]);
    ++types;
  }
  EXPECT_EQ(types, static_cast<int>(ControlRecordType::kKraftVoters) + 1);
}

}  // namespace
}  // namespace daybook::wire
