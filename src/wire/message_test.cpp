#include "wire/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/endian.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/apis/groups/heartbeat.h"
#include "wire/apis/records/fetch.h"
#include "wire/apis/records/produce.h"
#include "wire/apis/topics/metadata.h"
#include "wire/decoder.h"
#include "wire/encoder.h"
#include "wire/frame.h"

namespace daybook::wire {
namespace {

using ::testing::HasSubstr;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

FetchResponse fetch_response(std::vector<RecordChunk> records) {
  FetchResponse response;
  FetchResponse::Topic& topic = response.responses.emplace_back();
  topic.topic = "payments";
  FetchResponse::Partition& partition = topic.partitions.emplace_back();
  partition.partition_index = PartitionId{3};
  partition.high_watermark = Offset{42};
  partition.records = std::move(records);
  return response;
}

struct InnerType {
  std::int8_t number = 0;
  friend bool operator==(const InnerType&, const InnerType&) = default;
  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Number", m.number);
  }
};

struct EveryType {
  using Inner = InnerType;
  bool flag = false;
  double ratio = 0;
  Offset offset;
  Uuid id;
  std::string text;
  std::optional<std::string> no_text;
  Bytes bytes;
  std::optional<Bytes> no_bytes;
  std::optional<Bytes> some_bytes;
  std::vector<Inner> inners;
  std::optional<std::vector<std::int64_t>> no_numbers;
  std::optional<Inner> no_inner;
  std::optional<Inner> some_inner;
  Inner tagged;

  friend bool operator==(const EveryType&, const EveryType&) = default;
  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Flag", m.flag);
    c.field("Ratio", m.ratio);
    c.field("Offset", m.offset);
    c.field("Id", m.id);
    c.field("Text", m.text);
    c.field("NoText", m.no_text);
    c.field("Bytes", m.bytes);
    c.field("NoBytes", m.no_bytes);
    c.field("SomeBytes", m.some_bytes);
    c.field("Inners", m.inners);
    c.field("NoNumbers", m.no_numbers);
    c.field("NoInner", m.no_inner);
    c.field("SomeInner", m.some_inner);
    c.tagged("Tagged", m, &EveryType::tagged, 0, since(0));
  }
};

TEST(Message, EveryFieldTypeComesBackInBothEncodings) {
  for (const bool flexible : {false, true}) {
    const EveryType value{.flag = true,
                          .ratio = -0.125,
                          .offset = Offset{-7},
                          .id = random_uuid(),
                          .text = "Grüße",
                          .no_text = std::nullopt,
                          .bytes = bytes_of({1, 2}),
                          .no_bytes = std::nullopt,
                          .some_bytes = bytes_of({}),
                          .inners = {{1}, {-1}},
                          .no_numbers = std::nullopt,
                          .no_inner = std::nullopt,
                          .some_inner = EveryType::Inner{5},
                          .tagged = {.number = static_cast<std::int8_t>(flexible ? 9 : 0)}};
    Encoded encoded;
    Encoder(encoded, 0, flexible).structure(value);
    Decoder decoder(encoded.own(), {"EveryType", ""}, 0, flexible);
    EveryType back;
    decoder.structure(back);
    ASSERT_FALSE(decoder.failed()) << std::move(decoder).error().message;
    EXPECT_EQ(decoder.remaining(), 0u);
    EXPECT_EQ(back, value);
  }
}

struct LaterNullable {
  std::optional<EveryType::Inner> inner;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Inner", m.inner, since(0).nullable_since(1));
  }
};

TEST(Message, AStructHasABytePresentInFrontOnlyInVersionsInWhichItMayBeNull) {
  const auto encoded = [](const LaterNullable& value, std::int16_t version) {
    Encoded out;
    Encoder(out, version, false).structure(value);
    return out.flatten();
  };
  EXPECT_EQ(encoded({EveryType::Inner{7}}, 0), bytes_of({7}));
  EXPECT_EQ(encoded({std::nullopt}, 0), bytes_of({0})) << "null becomes empty";
  EXPECT_EQ(encoded({EveryType::Inner{7}}, 1), bytes_of({1, 7}));
  EXPECT_EQ(encoded({std::nullopt}, 1), bytes_of({0xff}));
  for (const std::int16_t version : {0, 1}) {
    const Bytes bytes = encoded({EveryType::Inner{7}}, version);
    Decoder decoder(bytes, {"LaterNullable", ""}, version, false);
    LaterNullable back;
    decoder.structure(back);
    EXPECT_FALSE(decoder.failed());
    EXPECT_EQ(back.inner, EveryType::Inner{7});
  }
}

TEST(Message, AFieldThatAVersionDoesNotHaveKeepsItsDefault) {
  HeartbeatRequest request;
  request.group_id = "g";
  request.generation_id = 7;
  request.member_id = "m";
  request.group_instance_id = "static";
  const Bytes v2 = encode(request, 2).flatten();
  EXPECT_EQ(v2, bytes_of({0, 1, 'g', 0, 0, 0, 7, 0, 1, 'm'}));
  EXPECT_EQ(decode<HeartbeatRequest>(v2, 2)->group_instance_id, std::nullopt);
  const Bytes v4 = encode(request, 4).flatten();
  EXPECT_EQ(decode<HeartbeatRequest>(v4, 4)->group_instance_id, "static");
}

TEST(Message, TheFaultNamesMessageFieldAndByte) {
  // One topic, one partition, cut inside its fetch offset.
  FetchRequest request;
  request.topics.emplace_back().partitions.emplace_back();
  const Bytes whole = encode(request, 4).flatten();
  const auto cut = decode<FetchRequest>(BytesView(whole).first(whole.size() - 9), 4);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(
      cut.error().message,
      "decoding Fetch request version 4: field Topics[0].Partitions[0].FetchOffset at byte 31 "
      "of 34: 8 bytes wanted, 3 left");
}

TEST(Message, EveryTruncationIsRefused) {
  const std::string records = "record bytes";
  const Bytes whole = encode(fetch_response({{as_bytes(records)}}), 12).flatten();
  EXPECT_TRUE(decode<FetchResponse>(whole, 12));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode<FetchResponse>(BytesView(whole).first(size), 12)) << size;
  }
}

TEST(Message, ACountBeyondTheBytesLeftTakesNoMemory) {
  // Metadata version 1: 2^31-1 topics.
  const auto request = decode<MetadataRequest>(bytes_of({0x7f, 0xff, 0xff, 0xff, 0, 0}), 1);
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error().message, HasSubstr("field Topics at byte 4"));
}

TEST(Message, ElementsAreBoundedForTheWholeMessage) {
  // Empty topics of two bytes each (version 9: an empty name, no tags), one too many.
  MetadataRequest request;
  request.topics.emplace(kMaxDecodedElements);
  for (auto& topic : *request.topics) topic.name = "";
  EXPECT_TRUE(decode<MetadataRequest>(encode(request, 9).flatten(), 9));
  request.topics->emplace_back().name = "";
  EXPECT_FALSE(decode<MetadataRequest>(encode(request, 9).flatten(), 9));
}

TEST(Message, NullIsRefusedWhereTheVersionDoesNotAllowIt) {
  const Bytes null_topics = bytes_of({0xff, 0xff, 0xff, 0xff});
  EXPECT_FALSE(decode<MetadataRequest>(null_topics, 0));
  EXPECT_EQ(decode<MetadataRequest>(null_topics, 1)->topics, std::nullopt);
}

TEST(Message, UnknownTaggedFieldsAreSkippedAndDropped) {
  const Bytes known = encode(
                          ApiVersionsRequest{
                              "kcat",
                              "1.7",
                          },
                          3)
                          .flatten();
  Bytes with_unknown = known;
  with_unknown.pop_back();  // the empty tagged section
  const Bytes section = bytes_of({2, 5, 3, 0xaa, 0xbb, 0xcc, 0xc8, 1, 0});
  with_unknown.insert(with_unknown.end(), section.begin(), section.end());
  const auto request = decode<ApiVersionsRequest>(with_unknown, 3, Trailing::kRefuse);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->client_software_version, "1.7");
  EXPECT_EQ(encode(*request, 3).flatten(), known);
}

TEST(Message, ATaggedFieldMustFillItsSizeExactly) {
  ApiVersionsResponse response;
  response.finalized_features_epoch = 5;
  Bytes bytes = encode(response, 3).flatten();
  ASSERT_TRUE(decode<ApiVersionsResponse>(bytes, 3));
  // The last ten bytes: tag 1, size 8, the epoch.
  std::byte& size = bytes[bytes.size() - 9];
  ASSERT_EQ(size, std::byte{8});
  size = std::byte{7};
  EXPECT_FALSE(decode<ApiVersionsResponse>(bytes, 3));
  size = std::byte{9};
  EXPECT_FALSE(decode<ApiVersionsResponse>(bytes, 3));
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decode<ApiVersionsResponse>(bytes, 3));
}

TEST(Message, TrailingBytesAreRefusedOnlyWhenAsked) {
  Bytes bytes = encode(HeartbeatRequest{}, 0).flatten();
  bytes.push_back(std::byte{1});
  EXPECT_TRUE(decode<HeartbeatRequest>(bytes, 0));
  EXPECT_FALSE(decode<HeartbeatRequest>(bytes, 0, Trailing::kRefuse));
}

TEST(Message, VersionsThatAreNotServedAreUnsupported) {
  const auto request = decode<ProduceRequest>({}, 2);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
}

TEST(Message, RecordBytesAreNotCopied) {
  const std::string first = "first chunk";
  const std::string second = "and the second";
  const Encoded encoded = encode(fetch_response({{as_bytes(first)}, {as_bytes(second)}}), 12);
  int found = 0;
  for (const auto& [chunk, elsewhere] : encoded.chunks()) {
    if (chunk.data() == as_bytes(first).data() || chunk.data() == as_bytes(second).data()) ++found;
  }
  EXPECT_EQ(found, 2);
  const Bytes flat = encoded.flatten();
  EXPECT_EQ(flat.size(), encoded.size_bytes());
  const auto decoded = decode<FetchResponse>(flat, 12, Trailing::kRefuse);
  ASSERT_TRUE(decoded);
  const auto& records = *decoded->responses[0].partitions[0].records;
  EXPECT_EQ(as_text(records.at(0).bytes), first + second);
  EXPECT_GE(records[0].bytes.data(), flat.data());
  EXPECT_LT(records[0].bytes.data(), flat.data() + flat.size());
}

TEST(Message, AnErrorMessageTooLongForTheProtocolIsCutBetweenCharacters) {
  ProduceResponse response;
  response.responses.emplace_back().partition_responses.emplace_back().error_message =
      std::string(kMaxStringBytes - 1, 'x').append("\xc3\xa9 and more");
  const Bytes bytes = encode(response, 8).flatten();
  const auto decoded = decode<ProduceResponse>(bytes, 8, Trailing::kRefuse);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->responses[0].partition_responses[0].error_message,
            std::string(kMaxStringBytes - 1, 'x'));
}

TEST(Frame, RequestsComeBackWithTheirHeader) {
  for (const std::int16_t version : {0, 4}) {
    HeartbeatRequest request;
    request.group_id = "g";
    const Bytes bytes = encode_request_frame(77, "kcat", request, version).flatten();
    EXPECT_EQ(load_be<std::int32_t>(bytes.data()), static_cast<std::int32_t>(bytes.size() - 4));
    const auto frame = decode_request_frame(BytesView(bytes).subspan(kFramePrefixSizeBytes));
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->header.api_key, HeartbeatApi::kKey);
    EXPECT_EQ(frame->header.api_version, version);
    EXPECT_EQ(frame->header.correlation_id, 77);
    EXPECT_EQ(frame->header.client_id, "kcat");
    EXPECT_EQ(frame->api->name, "Heartbeat");
    EXPECT_EQ(decode<HeartbeatRequest>(frame->body, version, Trailing::kRefuse)->group_id, "g");
  }
}

TEST(Frame, AnUnknownApiStillHasACorrelationId) {
  const auto frame = decode_request_frame(bytes_of({0x7f, 0xff, 0, 1, 0, 0, 0, 9, 1, 2, 3}));
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->api, nullptr);
  EXPECT_EQ(frame->header.correlation_id, 9);
}

TEST(Frame, ATruncatedHeaderIsRefused) {
  const Bytes bytes = encode_request_frame(1, "kcat", HeartbeatRequest{}, 4).flatten();
  const BytesView frame = BytesView(bytes).subspan(kFramePrefixSizeBytes);
  for (std::size_t size = 0; size < 15; ++size) {
    EXPECT_FALSE(decode_request_frame(frame.first(size))) << size;
  }
  EXPECT_TRUE(decode_request_frame(frame.first(15)));
}

TEST(Frame, TheHeaderOfAnApiVersionsResponseIsAlwaysVersion0) {
  const Bytes bytes = encode_response_frame(5, ApiVersionsResponse{}, 4).flatten();
  EXPECT_EQ(BytesView(bytes).subspan(4, 4).back(), std::byte{5});
  const auto frame = decode_response_frame(BytesView(bytes).subspan(kFramePrefixSizeBytes),
                                           *find_api(ApiVersionsApi::kKey), 4);
  ASSERT_TRUE(frame);
  EXPECT_TRUE(decode<ApiVersionsResponse>(frame->body, 4, Trailing::kRefuse));
}

TEST(ApiRegistry, HoldsEveryApiOnceInTheOrderOfKeys) {
  std::int16_t previous = -1;
  for (const ApiInfo& api : all_apis()) {
    EXPECT_GT(api.key.value, previous) << api.name;
    EXPECT_LE(api.advertised.first, api.served.first) << api.name;
    EXPECT_EQ(api.advertised.last, api.served.last) << api.name;
    EXPECT_EQ(find_api(api.key), &api);
    previous = api.key.value;
  }
  EXPECT_EQ(find_api(ApiKey{-1}), nullptr);
  EXPECT_EQ(find_api(ApiKey{9999}), nullptr);
}

}  // namespace
}  // namespace daybook::wire
