#include "wire/apis/cluster/list_config_resources.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void ListConfigResourcesRequest::fields(C& c, M& m) {
  c.field("ResourceTypes", m.resource_types, since(1));
}

template <class C, class M>
void ListConfigResourcesResponse::Resource::fields(C& c, M& m) {
  c.field("ResourceName", m.resource_name);
  c.field("ResourceType", m.resource_type, since(1));
}

template <class C, class M>
void ListConfigResourcesResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code);
  c.field("ConfigResources", m.config_resources);
}

DAYBOOK_WIRE_API(list_config_resources, ListConfigResourcesApi)

}  // namespace daybook::wire
