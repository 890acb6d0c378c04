#include "wire/apis/cluster/alter_configs.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void AlterConfigsRequest::Config::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Value", m.value);
}

template <class C, class M>
void AlterConfigsRequest::Resource::fields(C& c, M& m) {
  c.field("ResourceType", m.resource_type);
  c.field("ResourceName", m.resource_name);
  c.field("Configs", m.configs);
}

template <class C, class M>
void AlterConfigsRequest::fields(C& c, M& m) {
  c.field("Resources", m.resources);
  c.field("ValidateOnly", m.validate_only);
}

template <class C, class M>
void AlterConfigsResponse::Result::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("ErrorMessage", m.error_message);
  c.field("ResourceType", m.resource_type);
  c.field("ResourceName", m.resource_name);
}

template <class C, class M>
void AlterConfigsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Responses", m.responses);
}

DAYBOOK_WIRE_API(alter_configs, AlterConfigsApi)

}  // namespace daybook::wire
