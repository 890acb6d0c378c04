#include "wire/apis/cluster/api_versions.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ApiVersionsRequest::fields(C& c, M& m) {
  c.field("ClientSoftwareName", m.client_software_name, since(3));
  c.field("ClientSoftwareVersion", m.client_software_version, since(3));
}

template <class C, class M>
void ApiVersionsResponse::ApiRange::fields(C& c, M& m) {
  c.field("ApiKey", m.api_key);
  c.field("MinVersion", m.min_version);
  c.field("MaxVersion", m.max_version);
}

template <class C, class M>
void ApiVersionsResponse::SupportedFeature::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("MinVersion", m.min_version);
  c.field("MaxVersion", m.max_version);
}

template <class C, class M>
void ApiVersionsResponse::FinalizedFeature::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("MaxVersionLevel", m.max_version_level);
  c.field("MinVersionLevel", m.min_version_level);
}

template <class C, class M>
void ApiVersionsResponse::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ApiKeys", m.api_keys);
  c.field("ThrottleTimeMs", m.throttle_time_ms, since(1));
  c.tagged("SupportedFeatures", m, &ApiVersionsResponse::supported_features, 0, since(3));
  c.tagged("FinalizedFeaturesEpoch", m, &ApiVersionsResponse::finalized_features_epoch, 1,
           since(3));
  c.tagged("FinalizedFeatures", m, &ApiVersionsResponse::finalized_features, 2, since(3));
  c.tagged("ZkMigrationReady", m, &ApiVersionsResponse::zk_migration_ready, 3, since(3));
}

DAYBOOK_WIRE_API(api_versions, ApiVersionsApi)

}  // namespace daybook::wire
