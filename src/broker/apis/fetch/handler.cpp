// Fetch: records from partitions, at once if there are enough, else when there are or the client's
// time is up. In a fetch session (broker/fetch/) only what has changed is asked for and answered.
//
// A fetch that waits lives on its connection's thread; partitions and timers only wake it there. It
// ends with its connection. What is not in memory is read by other threads meanwhile, a bounded
// amount at a time, so that the disk holds up nobody else.

#include "wire/apis/records/fetch.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "broker/api_handler.h"
#include "broker/fetch/fetch_session.h"
#include "broker/fetch/fetch_sessions.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/metrics.h"
#include "broker/timers.h"
#include "broker/waiting_fetches.h"
#include "broker/worker.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::FetchRequest;
using Response = wire::FetchResponse;
using wire::KafkaError;

constexpr std::int16_t kFirstWithTopicIds = 13;
// Epochs of a full fetch: one that may begin a session, and one that does not.
constexpr std::int32_t kFirstEpoch = 0;
constexpr std::int32_t kNoSessionEpoch = -1;

// What a fetch is, once its request was taken over by its session.
struct Fetch {
  std::shared_ptr<FetchSession> session{};
  std::int32_t epoch = 0;  // of the session, while nobody else uses it
  std::int32_t id = 0;     // of the session; 0: it has none (yet)
  bool begins_session = false;
  FetchLimits limits{};
  std::size_t min_bytes = 0;
  std::chrono::milliseconds max_wait{0};
  std::chrono::milliseconds throttle{0};

  bool is_full() const { return id == 0; }
  bool is_enough(const FetchSession::Look& look, const FetchLimits& now) const {
    return look.failed || look.passed || look.size_bytes >= std::min(min_bytes, now.max_bytes);
  }
};

void refuse(Reply<Response>& reply, KafkaError error, std::int32_t session_id = 0) {
  Response response;
  response.error_code = error;
  response.session_id = session_id;
  reply(response);
}

void answer(Core& core, const Fetch& fetch, const FetchSession::Look& look,
            Reply<Response>& reply) {
  const std::int32_t id =
      fetch.begins_session ? core.fetch_sessions.add(fetch.session, core.clock.steady()) : fetch.id;
  auto response = fetch.session->finish(fetch.epoch, fetch.is_full(), id != 0);
  // Somebody else goes on with the session.
  if (!response) return refuse(reply, KafkaError::kInvalidFetchSessionEpoch, id);
  core.metrics.fetched_bytes += static_cast<std::int64_t>(look.size_bytes);
  response->session_id = id;
  response->throttle_time_ms = static_cast<std::int32_t>(fetch.throttle.count());
  reply(*response);
}

class Wait final : public WaitingFetch, public std::enable_shared_from_this<Wait> {
 public:
  Wait(Core& core, Fetch fetch, Reply<Response> reply, Timers::TimePoint deadline)
      : core_(core),
        fetch_(std::move(fetch)),
        deadline_(deadline),
        strand_(reply.strand()),
        reply_(std::move(reply)) {
    ++core_.metrics.fetches_waiting;
  }

  ~Wait() override {
    core_.waiting_fetches.remove(place_);
    --core_.metrics.fetches_waiting;
  }

  void start(const FetchSession::Look& look, const FetchLimits& limits) {
    place_ = core_.waiting_fetches.add(shared_from_this());
    // Keeps this object alive until then, or until the connection ends.
    timer_ = core_.timers.at(deadline_, [self = shared_from_this()] { self->wake(); });
    if (timer_ == Timers::kNone) ending_ = true;
    strand_->when_closed([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->abandon();
    });
    proceed(look, limits);
  }

  void end() override {
    ending_ = true;
    wake();
  }

 private:
  void proceed(const FetchSession::Look& look, const FetchLimits& limits) {
    if (look.on_disk) return read_disk();
    if (!fetch_.is_enough(look, limits) && !ending_ && core_.clock.steady() < deadline_) {
      return wait(look);
    }
    end_waiting();
    answer(core_, fetch_, look, reply_);
  }

  // Who stops meanwhile is answered without what was not read yet.
  void read_disk() {
    ++core_.metrics.disk_fetches;
    reading_ = true;
    core_.disk_reads.run([self = shared_from_this()] {
      FetchLimits limits = self->fetch_.limits.within(self->core_.response_memory);
      limits.max_bytes = std::min(limits.max_bytes, kDiskReadBytes);
      limits.no_memory = limits.no_memory || self->ending_;
      const FetchSession::Look look =
          self->fetch_.session->look_on_disk(self->fetch_.epoch, limits, self->answered_);
      self->strand_->post([self, look, limits] {
        self->reading_ = false;
        if (!self->answered_) self->proceed(look, limits);
      });
    });
  }

  void wait(const FetchSession::Look& look) {
    fetch_.session->wait(fetch_.epoch, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->wake();
    });
    if (look.starved) retry_later();
    if (ending_) wake();
  }

  // Memory comes back without waking anybody.
  void retry_later() {
    core_.timers.cancel(retry_);
    retry_ = core_.timers.at(core_.clock.steady() + retry_after_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->wake();
    });
    retry_after_ = std::min(2 * retry_after_, kMaxMemoryRetry);
  }

  // From any thread.
  void wake() {
    if (woken_.exchange(true)) return;
    strand_->post([self = shared_from_this()] { self->look_again(); });
  }

  void look_again() {
    woken_ = false;
    if (answered_ || reading_) return;
    const FetchLimits limits = fetch_.limits.within(core_.response_memory);
    proceed(fetch_.session->look(fetch_.epoch, limits), limits);
  }

  // On the connection's thread.
  void abandon() {
    if (!answered_) end_waiting();
  }

  void end_waiting() {
    answered_ = true;
    strand_->when_closed(nullptr);
    fetch_.session->end_wait(fetch_.epoch);
    core_.timers.cancel(timer_);
    core_.timers.cancel(retry_);
  }

  Core& core_;
  const Fetch fetch_;
  const Timers::TimePoint deadline_;
  const std::shared_ptr<Strand> strand_;
  Reply<Response> reply_;
  WaitingFetches::Place place_;
  Timers::Id timer_ = Timers::kNone;
  Timers::Id retry_ = Timers::kNone;  // of the connection's thread, as the next one
  std::chrono::milliseconds retry_after_ = kMemoryRetry;
  std::atomic<bool> woken_ = false;
  std::atomic<bool> ending_ = false;
  bool reading_ = false;                // of the connection's thread
  std::atomic<bool> answered_ = false;  // or given up
};

// The session that the request begins or goes on with.
std::expected<Fetch, KafkaError> take(Core& core, const Request& request, bool by_id) {
  Fetch fetch{.limits = limits_of(request),
              .min_bytes = static_cast<std::size_t>(std::max(request.min_bytes, 0)),
              .max_wait = std::clamp<std::chrono::milliseconds>(
                  std::chrono::milliseconds(request.max_wait_ms), {}, kMaxFetchWait)};
  const auto now = core.clock.steady();
  if (request.session_epoch == kFirstEpoch || request.session_epoch == kNoSessionEpoch) {
    if (request.session_id != 0) core.fetch_sessions.remove(request.session_id);
    fetch.session = std::make_shared<FetchSession>(core.topics, core.request_memory, by_id);
    fetch.begins_session = request.session_epoch == kFirstEpoch;
  } else {
    fetch.id = request.session_id;
    fetch.session = core.fetch_sessions.find(fetch.id);
    if (fetch.session == nullptr) return std::unexpected(KafkaError::kFetchSessionIdNotFound);
  }
  const auto epoch = fetch.session->begin(request, by_id, now);
  if (!epoch) return std::unexpected(epoch.error());
  fetch.epoch = *epoch;
  if (fetch.id != 0 && !core.fetch_sessions.touch(fetch.id, now)) {
    return std::unexpected(KafkaError::kFetchSessionIdNotFound);
  }
  if (fetch.id != 0 && fetch.session->size() == 0) {
    core.fetch_sessions.remove(std::exchange(fetch.id, 0));
  }
  return fetch;
}

// While memory is short a large fetch does not wait here: the client waits instead, if it does what
// the answer tells it. What a session holds is held anyway.
bool is_too_dear_to_keep(const Core& core, const Fetch& fetch) {
  return core.request_memory.is_short() && fetch.is_full() &&
         fetch.session->memory_bytes() > kFreeRequestBytes;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  std::size_t partitions = 0;
  for (const auto& topic : request.topics) partitions += topic.partitions.size();
  if (partitions > kMaxFetchSessionPartitions) {
    return reply.refuse("a fetch of " + std::to_string(partitions) + " partitions; at most " +
                        std::to_string(kMaxFetchSessionPartitions) + " are fetched at once");
  }
  auto fetch = take(core, request, context.version >= kFirstWithTopicIds);
  if (!fetch) return refuse(reply, fetch.error());
  const FetchLimits limits = fetch->limits.within(core.response_memory);
  const FetchSession::Look look = fetch->session->look(fetch->epoch, limits);
  const bool can_wait = fetch->max_wait.count() > 0 && fetch->session->size() > 0;
  if (look.on_disk || (!fetch->is_enough(look, limits) && can_wait)) {
    if (look.on_disk || !is_too_dear_to_keep(core, *fetch)) {
      const auto deadline = core.clock.steady() + fetch->max_wait;
      return std::make_shared<Wait>(core, *std::move(fetch), std::move(reply), deadline)
          ->start(look, limits);
    }
    fetch->throttle = std::min(fetch->max_wait, kMaxMemoryRetry);
  }
  answer(core, *fetch, look, reply);
}

}  // namespace

ApiHandler fetch() {
  return handler_of<wire::FetchApi, handle>();
}

}  // namespace daybook::broker::apis
