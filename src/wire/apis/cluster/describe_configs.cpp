#include "wire/apis/cluster/describe_configs.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeConfigsRequest::Resource::fields(C& c, M& m) {
  c.field("ResourceType", m.resource_type);
  c.field("ResourceName", m.resource_name);
  c.field("ConfigurationKeys", m.configuration_keys);
}

template <class C, class M>
void DescribeConfigsRequest::fields(C& c, M& m) {
  c.field("Resources", m.resources);
  c.field("IncludeSynonyms", m.include_synonyms);
  c.field("IncludeDocumentation", m.include_documentation, since(3));
}

template <class C, class M>
void DescribeConfigsResponse::Synonym::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Value", m.value);
  c.field("Source", m.source);
}

template <class C, class M>
void DescribeConfigsResponse::Config::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Value", m.value);
  c.field("ReadOnly", m.read_only);
  c.field("ConfigSource", m.config_source);
  c.field("IsSensitive", m.is_sensitive);
  c.field("Synonyms", m.synonyms);
  c.field("ConfigType", m.config_type, since(3));
  c.field("Documentation", m.documentation, since(3));
}

template <class C, class M>
void DescribeConfigsResponse::Result::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("ResourceType", m.resource_type);
  c.field("ResourceName", m.resource_name);
  c.field("Configs", m.configs);
}

template <class C, class M>
void DescribeConfigsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Results", m.results);
}

DAYBOOK_WIRE_API(describe_configs, DescribeConfigsApi)

}  // namespace daybook::wire
