// Fetch: records from partitions, at once if there are enough, else when there are or the client's
// time is up. There are no fetch sessions: every request is complete in itself, and session id 0 in
// the answer tells the client so.
//
// A fetch that waits lives on its connection's thread; partitions and timers only wake it there.

#include "wire/apis/records/fetch.h"

#include <algorithm>
#include <atomic>

#include "broker/api_handler.h"
#include "broker/apis/fetch/fetch_read.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/timers.h"
#include "broker/waiting_fetches.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::FetchRequest;
using Response = wire::FetchResponse;

class Wait final : public WaitingFetch, public std::enable_shared_from_this<Wait> {
 public:
  Wait(Core& core, Request request, std::int16_t version, Reply<Response> reply,
       Timers::TimePoint deadline)
      : core_(core),
        request_(std::move(request)),
        version_(version),
        deadline_(deadline),
        strand_(reply.strand()),
        reply_(std::move(reply)) {
    ++core_.metrics.fetches_waiting;
  }

  ~Wait() override {
    core_.waiting_fetches.remove(place_);
    disarm();
    --core_.metrics.fetches_waiting;
  }

  void start(std::vector<FetchPlace> places) {
    place_ = core_.waiting_fetches.add(shared_from_this());
    // Keeps this object alive until then. If the connection ends, nothing else does.
    timer_ = core_.timers.at(deadline_, [self = shared_from_this()] { self->wake(); });
    if (timer_ == Timers::kNone) ending_ = true;
    arm(std::move(places));
    if (ending_) wake();
  }

  void end() override {
    ending_ = true;
    wake();
  }

 private:
  void arm(std::vector<FetchPlace> places) {
    places_ = std::move(places);
    for (const FetchPlace& place : places_) {
      waits_.push_back(
          place.partition->when_readable(place.seen_to, place.isolation, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->wake();
          }));
    }
  }

  void disarm() {
    for (std::size_t i = 0; i < waits_.size(); ++i) {
      if (waits_[i] != log::Partition::kNoWait) places_[i].partition->cancel(waits_[i]);
    }
    waits_.clear();
    places_.clear();
  }

  // From any thread, and possibly while it is being armed.
  void wake() {
    if (woken_.exchange(true)) return;
    strand_->post([self = shared_from_this()] { self->look_again(); });
  }

  void look_again() {
    if (answered_) return;
    disarm();
    woken_ = false;
    FetchRead read = read_for_fetch(core_, request_, version_);
    const bool enough =
        read.size_bytes >= static_cast<std::size_t>(std::max(request_.min_bytes, 0));
    if (!read.failed && !enough && !ending_ && core_.clock.steady() < deadline_) {
      arm(std::move(read.places));
      if (ending_) wake();
      return;
    }
    answered_ = true;
    core_.timers.cancel(timer_);
    core_.metrics.fetched_bytes += static_cast<std::int64_t>(read.size_bytes);
    reply_(read.response);
  }

  Core& core_;
  const Request request_;
  const std::int16_t version_;
  const Timers::TimePoint deadline_;
  const std::shared_ptr<Strand> strand_;
  Reply<Response> reply_;
  WaitingFetches::Place place_;
  Timers::Id timer_ = Timers::kNone;
  std::vector<FetchPlace> places_;
  std::vector<log::Partition::WaitId> waits_;  // one for each place
  std::atomic<bool> woken_ = false;
  std::atomic<bool> ending_ = false;
  bool answered_ = false;
};

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  if (request.session_id != 0) {
    Response response;
    response.error_code = KafkaError::kFetchSessionIdNotFound;
    reply(response);
    return;
  }
  FetchRead read = read_for_fetch(core, request, context.version);
  const bool enough = read.size_bytes >= static_cast<std::size_t>(std::max(request.min_bytes, 0));
  if (read.failed || enough || request.max_wait_ms <= 0) {
    core.metrics.fetched_bytes += static_cast<std::int64_t>(read.size_bytes);
    reply(read.response);
    return;
  }
  const auto max_wait = std::min<std::chrono::milliseconds>(
      std::chrono::milliseconds(request.max_wait_ms), kMaxFetchWait);
  const auto wait = std::make_shared<Wait>(core, std::move(request), context.version,
                                           std::move(reply), core.clock.steady() + max_wait);
  wait->start(std::move(read.places));
}

}  // namespace

ApiHandler fetch() {
  return handler_of<wire::FetchApi, handle>();
}

}  // namespace daybook::broker::apis
