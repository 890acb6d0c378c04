// What is set of a client's socket before it is served. A wish that the system does not grant
// changes how fast it goes, and nothing else.
//
// A client on the same machine shares no network with anybody: there is no congestion to control.
// The system's default may be an algorithm that paces what is sent (bbr), and then both ends wait
// for its timers with their processors idle. So such a client gets "reno", which every Linux has
// and lets anyone choose, and which without losses sends as fast as the client reads.

#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace daybook::broker {

// Not connected any more: nothing of it matters.
void prepare_for_client(boost::asio::ip::tcp::socket& socket);

}  // namespace daybook::broker
